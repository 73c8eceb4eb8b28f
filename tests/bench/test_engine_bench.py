"""The engine's benchmark in its tiniest form: it runs, and leaves figures of the shape others read."""

import json
import os
from pathlib import Path

import pytest
from django.conf import settings

from bench import results
from bench.engine import __main__ as engine
from bench.engine.stage import Ground
from tests.stack import environ_for


def test_the_engine_bench_makes_accepts_and_resolves_offers_beside_its_yardsticks(
    django_db_setup: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    database = settings.DATABASES["default"]
    # A numbered Redis of its own: the run's worker must not take these tasks.
    environ = {**os.environ, **environ_for(database), "REDIS_URL": f"{settings.REDIS_URL[:-1]}9"}
    ground = Ground(environ, f"{database['NAME']}_blank", tmp_path)

    figures, baseline, ratios = engine.measure(ground, Path(environ["VAR_DIR"]), engine.TINY)

    found = json.loads(results.write("engine", figures, baseline, ratios).read_text())
    for name in ("few", "many"):
        assert found["figures"][name]["backlog"]["offers_per_s"] > 0
        assert found["figures"][name]["stream"]["wait_p50_ms"] > 0
    assert found["figures"]["chain"]["resolved"] > 0
    assert found["baseline"]["skip_locked_per_s"] > 0
    assert found["baseline"]["assignments_per_s"] > 0
    assert found["ratios"]["P1"] > 0
    assert found["ratios"]["P2"] > 0
    assert "offered, accepted and resolved" in engine.table(figures, baseline, ratios)
