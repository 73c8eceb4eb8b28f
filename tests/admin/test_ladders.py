"""Ladders in the admin: edited at the queue, judged before they are saved, climbed by hand."""

import html
import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from agents.models import Agent, Presence, User
from dispatch import climbing, waves
from dispatch.models import Alert, CallIn, Climb
from tests.factories import World, enter, make_desk, make_queue, make_skill
from tests.ladders import add_step, step_of, waits
from tickets.models import Desk, LadderStep, Queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def harbour() -> World:
    """A desk with Alice, who knows payments a little, and its queue for payments."""
    world = World(make_desk(name="Harbour"))
    make_queue(world.desk, "payments", skills={"payments": 4}, language_level=3)
    world.agent("Alice", skills={"payments": 2})
    return world


def queue_of(world: World) -> Queue:
    return Queue.objects.get(desk=world.desk, slug="payments")


def is_given(value: Any) -> bool:
    """A browser posts neither empty fields nor boxes without a mark."""
    return value is not None and value is not False


def form_of(queue: Queue, *steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The queue's form as a browser posts it: the steps that are there, then the new ones."""
    form: dict[str, Any] = {
        field.name: value
        for field in queue._meta.concrete_fields
        if field.name != "id" and is_given(value := field.value_from_object(queue))
    }
    skills = list(queue.skills.all())
    form |= {"skills-TOTAL_FORMS": len(skills), "skills-INITIAL_FORMS": len(skills)}
    for index, held in enumerate(skills):
        form |= {
            f"skills-{index}-id": held.pk,
            f"skills-{index}-queue": queue.pk,
            f"skills-{index}-skill": held.skill_id,
            f"skills-{index}-level": held.level,
        }
    known = sum("id" in step for step in steps)
    form |= {"steps-TOTAL_FORMS": len(steps), "steps-INITIAL_FORMS": known}
    for index, step in enumerate(steps):
        form[f"steps-{index}-queue"] = queue.pk
        for name, value in step.items():
            if name in ("payments",):
                name, value = f"skill_{make_skill(name).pk}", str(value)
            if is_given(value):
                form[f"steps-{index}-{name}"] = value
    return form | changes


def page_of(queue: Queue) -> str:
    return reverse("admin:tickets_queue_change", args=[queue.pk])


def save(room: Client, queue: Queue, *steps: dict[str, Any], **changes: Any) -> str:
    """Post the form; the page that comes back, as text."""
    answer = room.post(page_of(queue), form_of(queue, *steps, **changes), follow=True)
    assert answer.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", answer.content.decode()))


STEP = {"after_s": 60, "payments": 2}


def test_a_ladder_is_edited_at_its_queue(room: Client, harbour: World) -> None:
    queue = queue_of(harbour)
    page = save(
        room,
        queue,
        {"after_s": 30, "language_level": 2},
        {"after_s": 60, "payments": 2, "skip_if_nobody": "on"},
        {"after_s": 120, "broadcast": 3, "pay_multiplier": "1.25", "call_in": "on"},
        {"after_s": 300, "alert": "on", "is_last": "on"},
    )
    assert "was changed successfully" in page
    first, second, third, fourth = queue.steps.order_by("after_s")
    assert (first.after_s, first.language_level, first.skip_if_nobody) == (30, 2, False)
    assert [(held.skill.slug, held.level) for held in second.skills.all()] == [("payments", 2)]
    assert (third.broadcast, str(third.pay_multiplier), third.call_in) == (3, "1.25", True)
    assert (fourth.alert, fourth.is_last) == (True, True)
    assert "but no agent of Harbour takes what is for them" in page


def test_steps_change_places_and_skills_in_one_go(room: Client, harbour: World) -> None:
    queue = queue_of(harbour)
    first = add_step(queue, 60, skills={"payments": 2})
    last = add_step(queue, 120, is_last=True)
    page = save(
        room,
        queue,
        {"id": first.pk, "after_s": 120, "payments": 0},
        {"id": last.pk, "after_s": 180, "is_last": "on"},
        {"after_s": 60, "payments": 2},
    )
    assert "was changed successfully" in page
    rows = [
        (step.after_s, [held.level for held in step.skills.all()], step.is_last)
        for step in queue.steps.order_by("after_s")
    ]
    assert rows == [(60, [2], False), (120, [0], False), (180, [], True)]
    kept = save(
        room,
        queue,
        {"id": first.pk, "after_s": 120, "payments": 0},
        {"id": last.pk, "after_s": 200, "is_last": "on"},
    )
    assert "was changed successfully" in kept
    assert list(queue.steps.order_by("after_s").values_list("after_s", flat=True)) == [60, 120, 200]


REFUSED = {
    "out of order": (
        [{**STEP, "after_s": 60}, {"after_s": 30, "priority": 1}],
        "After (s): 30 stands below 60.",
    ),
    "at the same moment": (
        [STEP, {"after_s": 60, "priority": 1}],
        "After (s): two steps open after 60 s.",
    ),
    "a step that changes nothing": (
        [STEP, {"after_s": 90}],
        "After (s): the step after 90 s changes nothing.",
    ),
    "a stricter language": (
        [STEP, {"after_s": 90, "language_level": 4}],
        "Language level needed: 4 is stricter than 3 before.",
    ),
    "a stricter skill": (
        [STEP, {"after_s": 90, "payments": 3}],
        "Payments: 3 is stricter than 2 before.",
    ),
    "less pay than before": (
        [{**STEP, "pay_multiplier": "1.5"}, {"after_s": 90, "pay_multiplier": "1.25"}],
        "Pay multiplier: 1.25 is less than 1.5 before.",
    ),
    "pay below 1": ([{**STEP, "pay_multiplier": "0.5"}], "Pay multiplier: below 1"),
    "the last step not last": (
        [{**STEP, "is_last": "on"}, {"after_s": 90, "priority": 2}],
        "Last step: after 60 s it is not the last",
    ),
    "a ladder that reaches nobody": (
        [{"after_s": 60, "language_level": 2}],
        "Ladder: it can reach nobody. Even at its last step no agent of Harbour could take a "
        "conversation; it still asks for Payments at level 4 (the best has 2).",
    ),
    "nobody asked": ([{**STEP, "broadcast": 0}], "Offer to so many at once: at least 1"),
    "no time": ([{"after_s": "", "priority": 2}], "After (s): say after how many seconds"),
}


@pytest.mark.parametrize(("steps", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_ladder_that_cannot_work_is_refused_with_the_field_and_the_reason(
    room: Client, harbour: World, steps: list[dict[str, Any]], sentence: str
) -> None:
    queue = queue_of(harbour)
    assert sentence in save(room, queue, *steps)
    assert not queue.steps.exists()


def test_a_fallback_queue_is_another_one_of_the_same_desk(room: Client, harbour: World) -> None:
    queue = queue_of(harbour)
    elsewhere = make_queue(make_desk(name="Quay"), "elsewhere")
    for wrong in (queue, elsewhere):
        page = save(room, queue, {**STEP, "fallback_queue": wrong.pk})
        assert "Fallback queue: choose another queue of the same desk" in page
    general = Queue.objects.get(desk=harbour.desk, slug="general")
    page = save(room, queue, {"after_s": 60, "fallback_queue": general.pk})
    assert "was changed successfully" in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"agent_cap": 0}, "At most so many per agent: with 0 nobody could take one."),
        ({"slots": 5}, "Slots a conversation takes: 5 is more than any agent of Harbour has (3)"),
        ({"nudge_after_s": 300}, "Second nudge after (s): 240 is not later than"),
        ({"hand_over_after_s": 200}, "Hand over after (s): 200 is not later than"),
        ({"offer_timeout_s": 2}, "Offer runs out after (s): nobody can answer in less than 5."),
    ],
)
def test_a_queue_that_cannot_work_is_refused_with_the_field_and_the_reason(
    room: Client, harbour: World, changes: dict[str, Any], sentence: str
) -> None:
    queue = queue_of(harbour)
    assert sentence in save(room, queue, **changes)
    queue.refresh_from_db()
    assert (queue.agent_cap, queue.slots, queue.nudge_after_s) == (None, 1, 120)


def test_what_nobody_can_answer_is_saved_with_a_warning(room: Client, harbour: World) -> None:
    page = save(room, queue_of(harbour))
    assert "Nobody of Harbour could take a conversation of this queue." in page
    harbour.agent("Bob", languages={"tr": 5})
    page = save(room, queue_of(harbour), STEP)
    assert "In some languages nobody of Harbour could ever take one: tr." in page


def test_a_new_queue_with_a_ladder_is_judged_before_it_is_there(
    room: Client, harbour: World
) -> None:
    blank = Queue(desk=harbour.desk, slug="vip", name="VIP")
    form = form_of(blank, {"after_s": 60, "priority": 3}, {"after_s": 30, "broadcast": 2})
    form = {name: value for name, value in form.items() if not name.endswith("-queue")}
    page = room.post(reverse("admin:tickets_queue_add"), form).content.decode()
    assert "After (s): 30 stands below 60" in page
    assert not Queue.objects.filter(slug="vip").exists()
    form |= {"steps-1-after_s": 90}
    room.post(reverse("admin:tickets_queue_add"), form, follow=True)
    assert Queue.objects.get(slug="vip").steps.count() == 2
    empty = Desk.objects.create(key="empty", name="Empty")
    page = room.post(
        reverse("admin:tickets_queue_add"), form | {"desk": empty.pk}, follow=True
    ).content.decode()
    assert "no agent serves Empty yet" in page


def test_the_queues_page_says_who_could_take_one_now_and_why_not_the_others(
    room: Client, harbour: World
) -> None:
    queue = queue_of(harbour)
    add_step(queue, 60, skills={"payments": 2})
    harbour.agent("Bob", skills={"payments": 5})
    harbour.agent("Charlie", skills={"payments": 5}, online=True)
    full = harbour.agent("Dana", skills={"payments": 5}, capacity=1, online=True)
    Presence.objects.filter(pk=full.pk).update(load=1)
    harbour.agent("Eve", languages={"de": 5}, online=True)
    page = html.unescape(re.sub(r"\s+", " ", room.get(page_of(queue)).content.decode()))
    assert "1: Charlie" in page
    assert "Alice (skill), Bob (offline), Dana (full), Eve (language)" in page
    assert "Alice (offline), Bob (offline), Dana (full), Eve (language)" in page
    assert "de: 0 can take one now" in page


def test_a_supervisor_opens_the_next_step_by_hand_and_it_is_logged_with_her_name(
    room: Client, harbour: World
) -> None:
    queue = queue_of(harbour)
    add_step(queue, 600, skills={"payments": 0}, call_in=True)
    kim = harbour.ticket(topic="payments")
    page = reverse("admin:tickets_ticket_climb_one", args=[kim.pk])
    assert "Open the next step now" in room.get(page).content.decode()
    assert step_of(kim) == 0
    shown = room.post(page, follow=True).content.decode()
    assert "Step 1 is open" in shown
    (row,) = Climb.objects.filter(ticket=kim)
    assert (row.step, row.reason) == (1, "opened by hand")
    assert row.by.endswith("sam@example.com")
    assert CallIn.objects.filter(ticket=kim, agent=harbour.agents[0]).exists()
    for seen in ("opened by hand", "Alice"):
        assert seen in shown
    again = room.post(
        reverse("admin:tickets_ticket_changelist"),
        {"action": "climb_chosen", "_selected_action": [str(kim.pk)]},
        follow=True,
    ).content.decode()
    assert "Every step of its ladder is open already." in again
    waits(601, kim)
    assert climbing.run() == 0


def test_staff_without_the_right_neither_climb_nor_see_alerts_off(harbour: World) -> None:
    add_step(queue_of(harbour), 60, skills={"payments": 2}, alert=True)
    kim = harbour.ticket(topic="payments")
    waits(61, kim)
    climbing.run()
    alert = Alert.objects.get(ticket=kim)
    client = Client()
    enter(client, User.objects.create(email="viewer@example.com", is_staff=True))
    client.post(reverse("admin:tickets_ticket_climb_one", args=[kim.pk]))
    client.post(reverse("admin:dispatch_alert_see_one", args=[alert.pk]))
    alert.refresh_from_db()
    assert (step_of(kim), alert.seen_at) == (1, None)


def test_alerts_wait_in_the_menu_until_somebody_has_seen_them(room: Client, harbour: World) -> None:
    add_step(queue_of(harbour), 60, skills={"payments": 2}, alert=True)
    kim = harbour.ticket(topic="payments")
    waits(61, kim)
    climbing.run()
    page = reverse("admin:dispatch_alert_changelist")
    shown = room.get(page).content.decode()
    assert "step 1 of 1 is open" in shown
    assert str(kim.pk) in shown
    menu = re.search(r"Alerts\s*</span>(.*?)</a>", shown, re.DOTALL)
    assert menu is not None
    assert re.search(r">\s*1\s*<", menu[1])
    alert = Alert.objects.get(ticket=kim)
    marked = room.post(
        page, {"action": "see_chosen", "_selected_action": [alert.pk]}, follow=True
    ).content.decode()
    assert "Seen: 1." in marked
    alert.refresh_from_db()
    assert alert.seen_by.endswith("sam@example.com")
    room.post(reverse("admin:dispatch_alert_see_one", args=[alert.pk]))
    assert Alert.objects.get(pk=alert.pk).seen_at == alert.seen_at


def test_who_supervises_and_who_accepts_by_herself_is_set_in_the_admin(
    room: Client, harbour: World
) -> None:
    alice = harbour.agents[0]
    form = {
        "user": alice.user_id,
        "name": "Alice",
        "supervises": "on",
        **{
            f"{name}-{kind}_FORMS": 0
            for name in ("languages", "skills")
            for kind in ("TOTAL", "INITIAL")
        },
    }
    room.post(reverse("admin:agents_agent_change", args=[alice.pk]), form, follow=True)
    assert Agent.objects.get(pk=alice.pk).supervises
    page = reverse("admin:agents_presence_change", args=[alice.pk])
    empty = {"log-TOTAL_FORMS": 0, "log-INITIAL_FORMS": 0}
    room.post(page, {**empty, "capacity": 3, "auto_accept": "on"}, follow=True)
    assert Presence.objects.get(pk=alice.pk).auto_accept


def test_a_supervisor_takes_what_the_last_step_brings(room: Client, harbour: World) -> None:
    queue = queue_of(harbour)
    page = save(room, queue, {"after_s": 60, "is_last": "on"})
    assert "Ladder: it can reach nobody" in page
    sam = harbour.agent("Sam", languages={}, online=True)
    Agent.objects.filter(pk=sam.pk).update(supervises=True)
    page = save(room, queue, {"after_s": 60, "is_last": "on"})
    assert "was changed successfully" in page
    assert LadderStep.objects.filter(queue=queue, is_last=True).exists()
    kim = harbour.ticket(topic="payments")
    waits(61, kim)
    climbing.run()
    waves.run()
    assert kim.offers.get().agent_id == sam.pk


def test_the_demo_desks_ladders_would_pass_this_form(room: Client) -> None:
    call_command("demo", "--json", stdout=StringIO())
    for queue in Queue.objects.filter(desk__key="demo").prefetch_related("skills"):
        page = save(
            room,
            queue,
            *(
                {
                    **{
                        name: value
                        for name, value in vars(step).items()
                        if not name.startswith("_")
                        and name not in ("queue_id", "fallback_queue_id")
                    },
                    **{f"skill_{held.skill_id}": str(held.level) for held in step.skills.all()},
                }
                for step in queue.steps.order_by("after_s")
            ),
        )
        assert "was changed successfully" in page, queue
    sam = Agent.objects.get(desks__key="demo", supervises=True)
    assert sam.user.is_superuser
    client = Client()
    answer = client.post("/accounts/login/", {"login": sam.user.email, "password": "flagdown-demo"})
    assert answer["Location"] == "/admin/"
