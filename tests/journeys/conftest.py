"""Real Chromium for the journeys. A failed one shows every screen and what its console said."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from ops import chromium as finder
from tests.journeys.screens import PATIENCE_MS, Screens
from tests.stack import Stack


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all journeys; each person gets a profile of her own in it."""
    expect.set_options(timeout=PATIENCE_MS)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's synchronous API keeps an event loop running in this thread, and Django
        # refuses its ORM beside one. Nothing here awaits, so the two never meet.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(
            executable_path=finder.find(),
            args=finder.launch_args(),
            env={**os.environ, "LANG": "C.UTF-8"},
        )
        yield browser
        browser.close()


@pytest.fixture
def screens(
    chromium: Browser, stack: Stack, world: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Screens]:
    """Everybody's screens. Nobody's browser may have complained of anything at the end."""
    everybody = Screens(chromium, stack.url, tmp_path / "screens")
    request.node.stash[SHOWN] = everybody
    yield everybody
    complaints = everybody.complaints()
    shown = everybody.report() if complaints else ""
    everybody.close()
    assert not complaints, "\n".join([*complaints, shown])


SHOWN = pytest.StashKey[Screens]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the screens into the message of a failed step."""
    report = yield
    everybody = item.stash.get(SHOWN, None)
    if report.when == "call" and report.failed and everybody is not None:
        report.longrepr = f"{report.longrepr}\n\nScreens at the failure:\n{everybody.report()}"
    return report
