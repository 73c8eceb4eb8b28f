"""Bugs planted in the matching, each of which the checks of this folder must find.

A mutant is a copy of the package with one line changed. It plays seeded waves, and its answers are
held against the slow truth: the untouched scalar score and trying everything.
"""

from __future__ import annotations

import importlib
import random
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import dispatch.matching
from dispatch.matching.types import Agent, Ask, Ticket

from .builders import DESKS, LANGUAGES, QUEUES, WEIGHTS, Wave, agent, check, ticket, true_best

SOURCE = Path(dispatch.matching.__file__).parent
OWN = {file.stem for file in SOURCE.glob("*.py")} - {"types", "weights"}
"""Modules of which a mutant has its own; the plain values are shared with the original."""

PLANTED = {
    "the tie-break by id is dropped": (
        "crew.py",
        "order = np.lexsort((self._by_id()[places], since))",
        "order = np.lexsort((places, since))",
    ),
    "the tie-break by idle time is dropped": (
        "crew.py",
        'order = np.argsort(since, kind="stable")',
        "order = np.argsort(self._by_id()[places])",
    ),
    "misses do not count": ("score.py", "+ MISS * ticket.misses", ""),
    "priority does not count": ("score.py", "+ ticket.priority", ""),
    "full agents stay in the counts": (
        "crew.py",
        "able = places[self.free[places] > 0]",
        "able = places",
    ),
    "a second slot costs no more than the first": (
        "assign.py",
        "(np.arange(slots) - first[agent]) * problem.step[agent] + TIE * agent",
        "TIE * agent",
    ),
    "a ticket left out costs too little": (
        "assign.py",
        "forbidden = (min(tickets, slots) + 1) * (",
        "forbidden = 0.1 * (",
    ),
    "urgency does not decide who is left out": (
        "assign.py",
        "urgent = problem.urgency.max() - problem.urgency if short else",
        "urgent = np.zeros(tickets) if short else",
    ),
    "cool-downs are forgotten": ("arrays.py", "    if banned:\n", "    if False:\n"),
    "a ticket kept for one agent goes to all": (
        "arrays.py",
        "if ticket.only is not None:",
        "if False:",
    ),
    "a fallback is worth as much as the request": (
        "pool.py",
        "other.worth[new] - self._weights.fallback",
        "other.worth[new]",
    ),
    "levels are one too strict": ("pool.py", "least >= 0", "least > 0"),
    "room is not counted down within a wave": (
        "left.py",
        "room[agent] -= 1 if size > 0 else -1",
        "pass",
    ),
    "nobody makes way": ("serve.py", "while queue:", "for _ in range(1):"),
    "large tickets are placed like small ones": (
        "left.py",
        "found: Bools = self.free[agents] >= size",
        "found: Bools = self.free[agents] >= 1",
    ),
    "no slots are kept for large tickets": (
        "left.py",
        "if urgency < floor:",
        "if False:",
    ),
    "slots freed by better pairs stay empty": (
        "assign.py",
        "    Left(problem, assigned, floor).fill(assigned)\n",
        "",
    ),
    "a broadcast asks the same agent twice": ("solve.py", "asked.add(agent)", "pass"),
    "an agent that changed keeps her old languages": (
        "crew.py",
        "elif not _same_profile(before, agent):",
        "elif False:",
    ),
    "idle time stands still": (
        "pool.py",
        "at - crew.since[self.places]",
        "-crew.since[self.places]",
    ),
    "pruned too hard": (
        "prune.py",
        "most = len(problem.rows)",
        "most = len(problem.rows) // 2 + 1",
    ),
}


@pytest.fixture(scope="module")
def waves() -> list[Wave]:
    rng = random.Random(11)
    return [_wave(rng) for _ in range(300)]


def test_the_untouched_matching_passes(waves, tmp_path):
    assert _fault(_load(tmp_path, "sound", None), waves) is None


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_found(name, waves, tmp_path):
    mutant = _load(tmp_path, f"mutant{list(PLANTED).index(name)}", PLANTED[name])
    assert _fault(mutant, waves) is not None, f"nobody notices that {name}"


def _load(folder: Path, package: str, planted: tuple[str, str, str] | None) -> Any:
    """A copy of the package under another name."""
    shutil.copytree(SOURCE, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (folder / package).glob("*.py"):
        text = file.read_text()
        if planted and file.name == planted[0]:
            assert text.count(planted[1]) == 1, "the planted line is not there, or not only once"
            text = text.replace(planted[1], planted[2])
        for module in sorted(OWN):
            text = text.replace(f"dispatch.matching.{module} ", f"{package}.{module} ")
        file.write_text(text.replace("dispatch.matching import", f"{package} import"))
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(f"{package}.solve")
    finally:
        sys.path.remove(str(folder))


def _fault(solver: Any, waves: list[Wave]) -> str | None:
    """What is wrong with a solver, if anything is."""
    try:
        for scene in (_kept_slots, _freed_slots, _little_room, _kept_crew, _idle_first, _one_each):
            scene(solver)
        for wave in waves:
            _play(solver, wave)
    except Exception as fault:
        return repr(fault)
    return None


def _play(solver: Any, wave: Wave) -> None:
    tickets, agents, forbidden = wave
    matches = solver.solve(tickets, agents, WEIGHTS, forbidden)
    check(wave, matches)
    assert solver.solve(tickets[::-1], agents[::-1], WEIGHTS, forbidden) == matches
    if all(one.slots == one.width == 1 for one in tickets):
        count, total = true_best(wave)
        assert len(matches) == count
        if not any(person.room for person in agents):
            assert sum(match.score for match in matches) == pytest.approx(total, abs=1e-6)


def _kept_slots(solver: Any) -> None:
    large = ticket(9, slots=3, waited_s=600.0)
    fresh = [ticket(n, waited_s=0.0) for n in range(3)]
    assert solver.solve([large, *fresh], [agent(1, capacity=3, load=1)], WEIGHTS) == []


def _freed_slots(solver: Any) -> None:
    """Two tickets change places so that a third one, of two slots, fits in."""
    crew = [
        agent(1, capacity=2, skills={1: 1, 3: 1}),
        agent(2, capacity=1, skills={1: 1, 2: 1}, languages={"de": 4}),
        agent(3, capacity=1, skills={2: 1}),
    ]
    some = [
        ticket(1, skills={2: 1}, waited_s=200.0),
        ticket(2, skills={1: 1}, waited_s=100.0, wanted_agent=2),
        ticket(3, skills={3: 1}, slots=2),
    ]
    found = {(match.ticket_id, match.agent_id) for match in solver.solve(some, crew, WEIGHTS)}
    assert found == {(1, 3), (2, 2), (3, 1)}


def _little_room(solver: Any) -> None:
    """The first makes way for the second, who has nowhere else to go."""
    crew = [agent(1, room={"help": 1}, idle_s=900.0), agent(2, capacity=1)]
    some = [ticket(1, queue="help", waited_s=50.0), ticket(2, queue="help")]
    assert len(solver.solve(some, crew, WEIGHTS, {(2, 2)})) == 2


def _kept_crew(solver: Any) -> None:
    crew = solver.Crew([agent(1, languages={"cy": 3})])
    crew.update([agent(1, idle_s=60.0), agent(2, idle_s=0.0, languages={"de": 4})], 100.0)
    assert solver.solve([ticket(language="cy")], crew, WEIGHTS, at=1000.0) == []
    (match,) = solver.solve([ticket()], crew, replace(WEIGHTS, language=0.05), at=1000.0)
    assert match.agent_id == 1
    assert match.terms["idle"] == pytest.approx(WEIGHTS.idle * 960.0 / 1560.0)


def _idle_first(solver: Any) -> None:
    """With no weight on idle time it still breaks the tie."""
    careless = replace(WEIGHTS, idle=0.0)
    crew = [agent(n, idle_s=idle) for n, idle in ((4, 5.0), (1, 5.0), (3, 9.0))]
    (match,) = solver.solve([ticket()], crew, careless)
    assert match.agent_id == 3
    found = solver.solve([ticket(n) for n in range(2)], crew, careless)
    assert {match.agent_id for match in found} == {3, 1}


def _one_each(solver: Any) -> None:
    crew = [agent(n, capacity=1) for n in range(6)]
    assert len(solver.solve([ticket(n) for n in range(6)], crew, WEIGHTS)) == 6


def _wave(rng: random.Random) -> Wave:
    """Small waves: a third plain, a third with little room, a third with everything."""
    agents = [_agent(rng, n) for n in range(rng.randint(1, 4))]
    tickets = [_ticket(rng, n) for n in range(rng.randint(1, 5))]
    most = rng.choice((1, 1, 3))
    if most > 1 or rng.random() < 0.5:
        agents = [
            replace(one, room={queue: rng.randint(0, 2) for queue in rng.sample(QUEUES, 1)})
            for one in agents
        ]
    tickets = [
        replace(one, slots=rng.randint(1, most), width=rng.randint(1, most)) for one in tickets
    ]
    some = [(rng.randrange(5), rng.randrange(4)) for _ in range(rng.randint(0, 2))]
    return tickets, agents, frozenset(some)


def _agent(rng: random.Random, name: int) -> Agent:
    capacity = rng.randint(1, 4)
    return Agent(
        id=name,
        desks=frozenset(rng.sample(DESKS, rng.randint(1, 2))),
        languages={code: rng.randint(1, 4) for code in rng.sample(LANGUAGES, rng.randint(1, 3))},
        skills={skill: rng.randint(1, 3) for skill in rng.sample((1, 2), rng.randint(0, 2))},
        load=rng.randint(0, capacity),
        capacity=capacity,
        idle_s=rng.choice((0.0, 60.0)),
        recent=rng.choice((0.0, 1.0, 4.0)),
        taken=rng.choice((None, 0, 10)),
    )


def _ticket(rng: random.Random, name: int) -> Ticket:
    others = (Ask(rng.choice((None, "en")), 1, {1: 1}),) if rng.random() < 0.3 else ()
    return Ticket(
        id=name,
        desk=rng.choice(DESKS[:1] * 3 + DESKS),
        language=rng.choice(LANGUAGES[:1] * 2 + LANGUAGES),
        level=rng.randint(1, 3),
        skills={1: rng.randint(1, 2)} if rng.random() < 0.4 else {},
        waited_s=rng.choice((0.0, 30.0, 90.0)),
        service_level_s=rng.choice((30.0, 60.0)),
        misses=rng.choice((0, 0, 1)),
        previous_agent=rng.choice((None, None, rng.randrange(4))),
        wanted_agent=rng.choice((None, None, rng.randrange(4))),
        queue=rng.choice((None, *QUEUES)),
        priority=rng.choice((0.0, 0.0, 1.5)),
        only=rng.choice((None, None, None, None, rng.randrange(4))),
        others=others,
    )
