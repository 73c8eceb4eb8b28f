"""The load benchmark in its tiniest form: it runs, and leaves figures of the shape others read."""

import asyncio
import json
from pathlib import Path

import pytest

from bench import main, results
from bench.figures import latency, percentile
from bench.product import Product
from ops.errors import Trouble
from tests.stack import Stack


def test_the_load_bench_measures_a_running_stack(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    pids = {name: process.pid for name, process in stack.processes.items()}
    target = Product(stack.url, stack.environ, pids)

    figures, baseline, ratios = asyncio.run(main.measure(target, main.TINY))

    text = results.write("latest", figures, baseline, ratios).read_text()
    found = json.loads(text)
    for name in ("offer_latency_ms", "message_latency_ms"):
        assert 0 <= found["figures"][name]["p50"] <= found["figures"][name]["p99"]
    assert found["figures"]["conversations_per_s"] > 0
    assert found["figures"]["starts_per_s"] > 0
    assert found["ratios"]["P4"] > 0
    assert found["figures"]["push"]["lost"] == 0
    assert found["baseline"]["empty_view_per_s"] > 0
    assert "chats started and accepted" in main.table(figures, baseline, ratios)


def test_the_load_bench_says_what_to_do_when_nobody_answers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BENCH_URL", "http://127.0.0.1:9")
    with (
        pytest.raises(Trouble, match="No Flagdown is ready at BENCH_URL"),
        main.product.running({"BENCH_URL": "http://127.0.0.1:9"}),
    ):
        pass
    assert main.main(["--tiny"]) == 1
    assert "No Flagdown is ready" in capsys.readouterr().err


def test_percentiles_are_by_nearest_rank() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([float(n) for n in range(1, 101)], 0.99) == 99.0
    assert latency([0.001, 0.002])["p99"] == 2.0
