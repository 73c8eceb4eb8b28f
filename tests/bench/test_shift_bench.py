"""The shift benchmark in its tiniest form: it plays, and leaves figures of the shape others read."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import results
from bench.shift import crowd, main, month
from bench.shift.peers import PEERS


def test_the_shift_bench_plays_every_policy_on_the_same_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)

    figures, baseline, ratios, runs = main.measure(main.TINY)

    text = results.write("shift", figures, baseline, ratios).read_text()
    found = json.loads(text)
    assert set(found["ratios"]) == {"P9_three", "P9_two", "P9_p95_vs_best_peer"}
    for policy in (main.OURS, main.PLAIN, main.LENT, *(peer.name for peer in PEERS)):
        waits = found["figures"]["wait_s"][policy]
        assert 0 < waits["mean"] < waits["p95"]
    assert len({tuple(trip.ticket for trip in run.trips) for run in runs}) == 1
    assert found["figures"]["estimate"]["tickets"] > 10
    assert found["baseline"]["pooled_bound_s"]["mean"] == pytest.approx(11.1, abs=0.05)
    assert baseline["p95_vs_best_peer_by_day"] == [ratios["P9_p95_vs_best_peer"]]
    assert "Erlang C" in main.table(figures, baseline, ratios)
    drawing = ElementTree.fromstring(main.picture(runs))
    assert len(drawing.findall("{*}polyline")) == 1 + len(PEERS)


def test_other_seeds_are_other_days_and_each_has_its_own_ratio() -> None:
    first = main.measure(replace(main.TINY, days=2))
    other = main.measure(replace(main.TINY, seed=2))
    ours = [[one for one in runs if one.policy == main.OURS] for *_, runs in (first, other)]
    assert [len(runs) for runs in ours] == [2, 1]
    assert ours[0][1].trips == ours[1][0].trips != ours[0][0].trips
    ratios = first[1]["p95_vs_best_peer_by_day"]
    assert len(ratios) == 2
    assert min(ratios) <= first[2]["P9_p95_vs_best_peer"] <= max(ratios)


def test_a_days_agents_have_the_occupancy_asked_for_and_its_customers_the_volume() -> None:
    made = month.day(4, occupancy=0.9)
    online = sum(
        (shift.end_s - shift.start_s) * shift.capacity for one in made.staff for shift in one.shifts
    )
    load = len(made.arrivals) * (month.HANDLE_S + month.RING_S)
    assert load / online == pytest.approx(0.9, abs=0.03)
    assert len(made.arrivals) == pytest.approx(month.A_MONTH / 30, rel=0.02)
    asked = [one.language for one in made.arrivals]
    shares = [asked.count(language) / len(asked) for language in crowd.LANGUAGES]
    assert shares[0] == pytest.approx(2 * shares[1], rel=0.05)
    assert all(1 <= len(one.languages) <= 4 for one in made.staff)
