"""The ladder by itself: what holds at each height, and that it only ever lets more people in."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tickets import rules
from tickets.ladder import ANY_SUPERVISOR, SUPERVISOR, Need, Rung, Step, climbed, due, rungs

LEVELS = st.integers(1, 5)
SKILLS = st.dictionaries(st.sampled_from([1, 2, 3]), LEVELS, max_size=3)
STEPS = st.lists(
    st.builds(
        Step,
        after_s=st.just(0),
        language_level=st.none() | LEVELS,
        skills=st.none() | st.dictionaries(st.sampled_from([1, 2, 3]), st.integers(0, 5)),
        fallback=st.none() | st.builds(Need, LEVELS, SKILLS),
        priority=st.none() | st.integers(0, 9).map(float),
        broadcast=st.none() | st.integers(1, 9),
        pay_multiplier=st.none() | st.integers(100, 300).map(lambda n: Decimal(n) / 100),
        call_in=st.booleans(),
        alert=st.booleans(),
        is_last=st.booleans(),
        skip_if_nobody=st.booleans(),
    ),
    max_size=5,
)
GROUND = st.builds(lambda level, skills: Rung((Need(level, skills),)), LEVELS, SKILLS)
LANGUAGES = st.dictionaries(st.sampled_from(["en", "de"]), LEVELS)


def timed(steps: list[Step]) -> list[Step]:
    """The same steps, 30 s apart."""
    from dataclasses import replace

    return [replace(step, after_s=30.0 * (n + 1)) for n, step in enumerate(steps)]


def test_a_step_changes_what_it_names_and_leaves_the_rest() -> None:
    ground = Rung((Need(3, {1: 4, 2: 2}),))
    other = Need(2, {3: 1})
    first, second, third = rungs(
        ground,
        [
            Step(30, language_level=2, skills={1: 2}),
            Step(60, skills={1: 0}, fallback=other, broadcast=3),
            Step(90, priority=2, pay_multiplier=Decimal("1.5"), is_last=True),
        ],
    )[1:]
    assert first == Rung((Need(2, {1: 2, 2: 2}),))
    assert second == Rung((Need(2, {2: 2}), other), broadcast=3)
    assert third == Rung(
        (Need(2, {2: 2}), other, ANY_SUPERVISOR), 2.0, 3, Decimal("1.5"), is_last=True
    )
    assert third.open_to("tr", {}, {SUPERVISOR: 1})
    assert not second.open_to("tr", {}, {SUPERVISOR: 1})


@given(GROUND, STEPS, LANGUAGES, SKILLS)
@settings(max_examples=150, deadline=None)
def test_a_ladder_that_passes_the_rules_never_shuts_anybody_out_again(
    ground: Rung, steps: list[Step], languages: dict[str, int], skills: dict[int, int]
) -> None:
    ladder = timed(steps)
    if any(rules.faults(ground, ladder, str)):
        return
    for below, above in pairwise(rungs(ground, ladder)):
        if below.open_to("en", languages, skills):
            assert above.open_to("en", languages, skills)
        assert above.priority >= below.priority
        assert above.broadcast >= below.broadcast
        assert above.pay_multiplier >= below.pay_multiplier


@given(STEPS, st.integers(0, 5), st.floats(0, 300), st.sets(st.integers(0, 5)))
@settings(max_examples=150, deadline=None)
def test_a_ticket_climbs_by_its_age_and_past_steps_that_nobody_could_serve(
    steps: list[Step], step: int, waited_s: float, served: set[int]
) -> None:
    ladder = timed(steps)
    height = climbed(ladder, step, waited_s, served.__contains__)
    assert height >= max(step, due(ladder, waited_s))
    assert climbed(ladder, height, waited_s, served.__contains__) == height
    if 0 < height < len(ladder):
        assert height in served or not ladder[height - 1].skip_if_nobody
    for passed in range(max(step, due(ladder, waited_s)), height):
        assert passed not in served
        assert ladder[passed - 1].skip_if_nobody
