"""People in front of a real Chromium: a customer's laptop, an agent's phone, a supervisor's desk.

Every screen keeps what its browser complained of. A journey ends with `Screens.close`, which fails
for any complaint that the journey did not announce with `expecting`.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    Route,
    expect,
)

from tests.factories import PASSWORD

PICTURES = os.environ.get("PICTURES", "")
LAPTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
PATIENCE_MS = 25_000
# The offer's buttons do nothing for its first moments, so that no tap meant for another thing decides.
OFFER_GUARD_MS = 460
# A page that is left while it still asks for something gives up asking.
LEFT = "net::ERR_ABORTED"


class Screen:
    """One page in a browser profile of its own."""

    def __init__(self, context: BrowserContext, name: str, url: str) -> None:
        self.context = context
        self.name = name
        self.url = url
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.told: list[str] = []
        self.complaints: list[str] = []
        self._expected: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._complain(f"page error: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    @contextlib.contextmanager
    def expecting(self, *patterns: str) -> Iterator[None]:
        """Complaints that match one of these (all, without any) are part of the journey meanwhile."""
        self._expected += patterns or [""]
        yield
        # A round trip, so that what was said until now has been heard.
        self.page.evaluate("1")
        self._expected.clear()

    def _complain(self, what: str) -> None:
        fine = any(re.search(pattern, what) for pattern in self._expected)
        self.told.append(f"{'(expected) ' if fine else ''}{what}")
        if not fine:
            self.complaints.append(what)

    def _console(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        line = f"console {message.type}: {message.text} {where}"
        if message.type in {"error", "warning"}:
            self._complain(line)
        else:
            self.told.append(line)

    def _failed(self, request: Request) -> None:
        if request.failure != LEFT:
            self._complain(f"failed: {request.method} {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        line = f"{response.status} {response.request.method} {response.url}"
        if response.status >= 400:
            self._complain(line)
        elif "/api/" in response.url:
            self.told.append(line)

    def report(self, folder: Path) -> str:
        """A picture of the screen, and what its console and network said last."""
        path = folder / f"{self.name}.png"
        try:
            self.page.screenshot(path=path, timeout=10_000)
        except Exception as error:  # the report of a failure must not fail
            path = Path(f"(no picture: {str(error).splitlines()[0]})")
        return "\n".join([f"--- {self.name}: {path} at {self.page.url}", *self.told[-40:]])

    # ---- what everybody does

    def toast(self, words: str) -> None:
        """Wait for this short message."""
        expect(self.page.locator(".toast", has_text=words).first).to_be_visible()

    def fits(self) -> None:
        """Nothing is wider than the screen."""
        wide, screen = self.page.evaluate(
            "[Math.max(document.documentElement.scrollWidth, document.body.scrollWidth), "
            "document.documentElement.clientWidth]"
        )
        size = self.page.viewport_size
        assert size is not None
        assert wide <= screen <= size["width"], (
            f"{self.name}: {wide} px on {screen} at {self.page.url}"
        )

    def fits_both_ways(self) -> None:
        """Nor is anything when the page reads from right to left."""
        for direction in ("rtl", "ltr"):
            self.page.evaluate("dir => document.documentElement.dir = dir", direction)
            self.fits()

    def pictures(self, what: str) -> None:
        """The view on a phone and on a desk, light and dark, to be looked at: where PICTURES names a folder."""
        if not PICTURES:
            return
        here = self.page.viewport_size
        for name, size in {"phone": PHONE["viewport"], "desk": LAPTOP["viewport"]}.items():
            self.page.set_viewport_size(size)
            for scheme in ("light", "dark"):
                self.page.emulate_media(color_scheme=scheme)
                self.page.screenshot(
                    path=f"{PICTURES}/{what}-{name}-{scheme}.png", animations="disabled"
                )
        if here is not None:
            self.page.set_viewport_size(here)

    def offline(self) -> None:
        """Pull the plug."""
        self.context.set_offline(True)

    def back_online(self) -> None:
        """And put it in again."""
        self.context.set_offline(False)

    def hold(self, address: str) -> list[Route]:
        """Keep the next POST to an address that ends like this, until somebody lets it go."""
        held: list[Route] = []
        self.page.route(re.compile(rf"{address}$"), lambda route: held.append(route), times=1)
        return held

    def held(self, routes: list[Route]) -> Route:
        """The request that is held, once it has been made."""
        while not routes:
            self.page.wait_for_function("() => true")
        return routes[0]


class _Conversation(Screen):
    frame = ""

    @property
    def talk(self) -> Locator:
        """The conversation on the screen."""
        return self.page.locator(self.frame)

    @property
    def composer(self) -> Locator:
        return self.talk.get_by_role("textbox", name="Your message")

    @property
    def marks(self) -> Locator:
        """The mark under the last message of one's own."""
        return self.talk.locator('[data-sender="me"] [data-part="mark"]:not(:empty)')

    @property
    def typing(self) -> Locator:
        """The line that says that the other side types."""
        return self.talk.locator('[data-part="typing"]')

    def write(self, text: str) -> None:
        """Type and send."""
        self.composer.fill(text)
        self.talk.locator('[data-part="send"]').click()

    @property
    def said(self) -> Locator:
        """The messages that the server has, in the order of the screen."""
        return self.talk.locator(
            ".cv-message:not([data-notice]):not([data-pending=true]) [data-part=bubble]"
        )

    def sees(self, *texts: str) -> None:
        """Exactly these messages, in this order, each of them with the server."""
        expect(self.said).to_have_text(list(texts))
        expect(self.talk.locator(".cv-message[data-pending=true]")).to_have_count(0)

    def sees_all(self, *texts: str) -> None:
        """These messages once each, in whatever order two people's came in."""
        expect(self.said).to_have_count(len(texts))
        assert sorted(self.said.all_inner_texts()) == sorted(texts)


class CustomerPage(_Conversation):
    """The customer's chat page."""

    frame = "#conversation"

    def open(self, desk: str) -> "CustomerPage":
        """Open the desk's chat."""
        self.page.goto(f"{self.url}/chat/{desk}/")
        self.ready()
        return self

    def ready(self) -> None:
        """Wait until the page listens."""
        expect(self.page.locator("#chat[data-ready=true]")).to_be_visible()

    def reload(self) -> None:
        """Load the page again."""
        self.page.reload()
        self.ready()

    def ask(self, text: str, name: str = "Kim") -> None:
        """Write the first message."""
        self.page.get_by_label("Your first name").fill(name)
        self.write(text)

    def state(self, state: str) -> None:
        """Wait until the conversation is there."""
        expect(self.page.locator(f'#chat[data-state="{state}"]')).to_be_visible()

    def met(self, name: str) -> None:
        """A person has joined, and the page says who."""
        self.state("active")
        expect(self.page.locator("[data-part=title]")).to_have_text(name)

    @property
    def note(self) -> Locator:
        """The line about the connection."""
        return self.talk.locator('[data-part="note"]')

    @property
    def ticket(self) -> str:
        """The id of the conversation."""
        found: str = self.page.evaluate(
            """() => Object.entries(localStorage).filter(([key]) => key.startsWith('fd.session.'))
                 .map(([, value]) => JSON.parse(value).ticket.id)[0]"""
        )
        return found


class AgentPhone(_Conversation):
    """An agent's phone."""

    frame = ".talk-frame:not([hidden])"

    def log_in(self, agent: Any) -> "AgentPhone":
        """Through the log-in page, to the app."""
        self.page.goto(f"{self.url}/agent/")
        self.page.get_by_label("E-mail").fill(agent.user.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.locator("#sign-in").click()
        self.ready()
        return self

    def ready(self) -> None:
        """Wait until the app is connected."""
        expect(self.page.locator('#app[data-net="open"]')).to_be_visible()

    def reload(self) -> None:
        """Load the app again."""
        self.page.reload()
        self.ready()

    @property
    def app(self) -> Locator:
        return self.page.locator("#app")

    @property
    def net(self) -> Locator:
        """The line about the connection."""
        return self.page.locator("#net")

    @property
    def offer(self) -> Locator:
        """The offer that takes the screen."""
        return self.page.get_by_role("dialog", name="New conversation")

    def go_online(self) -> "AgentPhone":
        """The one switch."""
        switch = self.page.get_by_role("switch")
        expect(switch).to_have_attribute("aria-checked", "false")
        switch.tap()
        expect(switch).to_have_attribute("aria-checked", "true")
        expect(self.app).to_have_attribute("data-presence", "online")
        return self

    def rings(self) -> Locator:
        """Wait for an offer, and until it lets itself be answered."""
        expect(self.offer).to_be_visible()
        self.page.wait_for_function(
            f"since => performance.now() - since > {OFFER_GUARD_MS}",
            arg=self.page.evaluate("performance.now()"),
        )
        return self.offer

    def accept(self) -> None:
        """Take what rings; the conversation opens."""
        self.rings().get_by_role("button", name="Accept").tap()
        expect(self.offer).to_be_hidden()
        expect(self.app).to_have_attribute("data-view", "talk")

    def decline(self, why: str = "Just decline") -> None:
        """Decline what rings."""
        ringing = self.rings()
        ringing.get_by_role("button", name="Decline", exact=True).tap()
        ringing.get_by_role("button", name=why).tap()
        expect(self.offer).to_be_hidden()

    def board(self) -> Locator:
        """Look at the board."""
        self.page.evaluate("location.hash = '#/board'")
        expect(self.app).to_have_attribute("data-view", "board")
        return self.page.locator("#board .waiting")

    def sheet(self, act: str) -> Locator:
        """The sheet for how a conversation goes on."""
        self.page.locator('[data-open="actions"]:visible').first.tap()
        sheet = self.page.locator("#actions")
        sheet.locator("label", has=self.page.locator(f'input[value="{act}"]')).tap()
        return sheet

    def resolve(self, disposition: str, note: str = "") -> None:
        """End the conversation on the screen."""
        sheet = self.sheet("resolve")
        sheet.get_by_label("How did it end?").select_option(label=disposition)
        sheet.get_by_role("textbox").fill(note)
        sheet.locator("#actions-go").tap()
        expect(sheet).to_be_hidden()


S = TypeVar("S", bound=Screen)


class Screens:
    """Everybody's screens in one journey."""

    def __init__(self, browser: Browser, url: str, folder: Path) -> None:
        self.browser = browser
        self.url = url
        self.folder = folder
        self.all: list[Screen] = []

    def customer(self, name: str = "customer", **options: Any) -> CustomerPage:
        """A laptop, unless told otherwise."""
        return self._add(CustomerPage(self._context({**LAPTOP, **options}), name, self.url))

    def phone(self, agent: Any, **options: Any) -> AgentPhone:
        """The phone of an agent who has logged in and looks at the app."""
        context = self._context({**PHONE, **options})
        return self._add(AgentPhone(context, agent.name, self.url)).log_in(agent)

    def desktop(self, name: str) -> Screen:
        """A page for anything else."""
        return self.add(Screen, name)

    def add(self, kind: type[S], name: str, **options: Any) -> S:
        """A laptop with a kind of page of the test's own."""
        made: S = self._add(kind(self._context({**LAPTOP, **options}), name, self.url))
        return made

    def _context(self, options: dict[str, Any]) -> BrowserContext:
        return self.browser.new_context(locale="en-GB", reduced_motion="no-preference", **options)

    def _add(self, screen: Any) -> Any:
        self.all.append(screen)
        return screen

    def report(self) -> str:
        """Pictures and consoles of all screens."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return "\n".join(screen.report(self.folder) for screen in self.all)

    def complaints(self) -> list[str]:
        """What the browsers complained of, unannounced."""
        for screen in self.all:
            if not screen.page.is_closed():
                screen.page.evaluate("1")
        return [f"{screen.name}: {line}" for screen in self.all for line in screen.complaints]

    def close(self) -> None:
        """End the sessions, in order: a page that dies with its server would only complain."""
        for screen in self.all:
            screen.context.close()
