"""The benchmark of money in its tiniest form: it runs, and leaves figures of the shape others read."""

import json
import os
from pathlib import Path

import pytest
from django.conf import settings

from bench import results
from bench.engine.stage import Ground
from bench.pay import __main__ as pay
from tests.stack import environ_for


def test_the_pay_bench_compares_resolving_with_and_without_pay(
    django_db_setup: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    database = settings.DATABASES["default"]
    environ = {**os.environ, **environ_for(database), "REDIS_URL": f"{settings.REDIS_URL[:-1]}8"}
    ground = Ground(environ, f"{database['NAME']}_blank", tmp_path)

    figures, baseline, ratios = pay.measure(ground, pay.TINY)

    found = json.loads(results.write("pay", figures, baseline, ratios).read_text())
    assert found["figures"]["booked"] == pay.TINY.tickets / 2
    assert found["ratios"]["resolve_with_pay"] > 0
    assert found["figures"]["balance_1m_ms"] > 0
    assert found["figures"]["ledger"]["statement_rows"] >= pay.TINY.lines
    assert "ratio, mean" in pay.table(figures, baseline, ratios)
