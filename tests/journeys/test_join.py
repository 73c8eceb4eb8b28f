"""From the first look at the work to the certificate, as an applicant, a reviewer and a customer live it."""

import email
import email.policy
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from playwright.sync_api import Page, expect

from agents.models import Agent
from agents.onboarding.models import Application, Attempt, AttemptItem, Blueprint, TrainingPage
from core import clock
from tests.factories import PASSWORD, app_code, make_app
from tests.join.people import address, applicant, bank, photo, reviewer
from tests.journeys.screens import PHONE, AgentPhone, Screen, Screens
from tests.journeys.test_pages import weight
from tests.stack import until

RAW_ANSWER = "I am sorry that it is late. I look where it is, and tell you within the hour."


def mailed(to: str, subject: str) -> str:
    """The text of the mail that the worker sent."""

    def look() -> str:
        for path in sorted(Path(settings.VAR_DIR / "mails").glob("*.log")):
            for part in path.read_bytes().split(b"-" * 79 + b"\n"):
                mail = email.message_from_bytes(part, policy=email.policy.default)
                if mail["To"] == to and subject in str(mail["Subject"]):
                    return str(mail.get_content())  # type: ignore[attr-defined]
        return ""

    return until(look, within=40, every=0.1)


def pick(where: Any, text: str) -> None:
    """Tap on what is called so."""
    where.locator(
        "label",
        has=(where if isinstance(where, Page) else where.page).get_by_text(text, exact=True),
    ).tap()


def choose(page: Page, item: AttemptItem) -> None:
    """Answer a question of the test as a person does: by what is written there."""
    card = page.locator(f'[data-place="{item.place}"]')
    texts = {option["id"]: option["text"] for option in item.options}
    if item.kind in ("single", "several"):
        for id in item.key:
            pick(card, texts[id])
    elif item.kind == "ordering":
        for place, id in enumerate(item.key):
            rows = card.locator("li")
            row = card.locator(f'li[data-option="{id}"]')
            while (
                rows.evaluate_all("(all, id) => all.findIndex(li => li.dataset.option === id)", id)
                > place
            ):
                row.get_by_role("button", name=re.compile("^Up")).tap()
    elif item.kind == "cloze":
        card.get_by_role("textbox").fill(item.key[0])
    else:
        card.get_by_role("textbox").fill(RAW_ANSWER)


def press(desk: Screen, action: str, **fields: str) -> None:
    """A button of an application's page in the admin, and its form."""
    desk.page.get_by_role("link", name=action, exact=True).first.click()
    for label, value in fields.items():
        desk.page.get_by_label(label.replace("_", " ")).fill(value)
    desk.page.get_by_role("button", name=action, exact=True).click()


def test_from_the_first_look_to_certified_with_a_reviewer_and_a_real_customer(
    screens: Screens, world: Any
) -> None:
    Blueprint.objects.filter(language="en").delete()
    blueprint = bank("en", free=1)
    mine = address()
    phone = screens.add(AgentPhone, "nora", **PHONE)
    nora = phone.page

    # What the work is, and the application.
    nora.goto(f"{phone.url}/")
    phone.fits_both_ways()
    phone.pictures("join-home")
    nora.get_by_role("link", name="Join", exact=True).tap()
    expect(nora.get_by_role("heading", name="What it is not")).to_be_visible()
    phone.fits_both_ways()
    phone.pictures("join-landing")
    nora.get_by_role("link", name="Apply").first.tap()
    nora.get_by_label("First name").fill("Nora")
    nora.get_by_label("E-mail").fill(mine)
    nora.get_by_label("Country you live in").select_option("RO")
    nora.get_by_label("Time zone").select_option("Europe/Bucharest")
    nora.get_by_label("Language").first.select_option("en")
    nora.get_by_label("How well?").first.select_option("4")
    pick(nora, "5 to 15 hours a week")
    pick(nora, "Evenings")
    phone.fits_both_ways()
    phone.pictures("join-apply")
    with phone.expecting("400"):
        nora.get_by_role("button", name="Send my application").tap()
        expect(nora.get_by_text("Without your consent")).to_be_visible()
        phone.pictures("join-apply-error")
    nora.get_by_label("I agree").check()
    nora.get_by_role("button", name="Send my application").tap()
    expect(nora.get_by_role("heading", name="Look into your mail")).to_be_visible()
    phone.pictures("join-sent")

    # The link in the mail.
    link = re.search(r"https?://\S+/join/confirm/\S+", mailed(mine, "is this your address?"))
    assert link
    nora.goto(link.group())
    phone.pictures("join-confirm")
    nora.get_by_label("Password").fill(PASSWORD)
    nora.get_by_role("button", name="Go on").tap()
    expect(nora.get_by_role("heading", name="Hello Nora")).to_be_visible()
    phone.fits_both_ways()
    phone.pictures("join-status")
    application = Application.objects.get(email=mine)

    # Her document; the wrong file first.
    nora.get_by_role("link", name="Send a photo").tap()
    pick(nora, "Passport")
    wrong = {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": b"MZ" + b"\0" * 900}
    with phone.expecting("400"):
        nora.get_by_label("Photo or PDF").set_input_files(wrong)
        nora.get_by_role("button", name="Send").tap()
        expect(nora.get_by_text("no photo and no PDF")).to_be_visible()
        phone.pictures("join-document")
    good = {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": photo((1600, 1000))}
    nora.get_by_label("Photo or PDF").set_input_files(good)
    nora.get_by_role("button", name="Send").tap()
    expect(nora.locator('[data-step="document"]')).to_have_attribute("data-how", "done")

    # The test: the line breaks in the middle, and the page is loaded again.
    nora.get_by_role("link", name="Take the test: English").tap()
    phone.pictures("join-begin")
    nora.get_by_role("button", name="Start the clock").tap()
    expect(nora.locator("#clock")).to_have_text(re.compile(r"^9:\d\d$"))
    phone.fits_both_ways()
    phone.pictures("join-test")
    attempt = Attempt.objects.get(application=application, blueprint=blueprint)
    items = list(attempt.items.all())
    saved = nora.locator("#saved")
    for item in items[:2]:
        choose(nora, item)
    expect(saved).to_have_attribute("data-state", "saved")
    with phone.expecting():
        phone.offline()
        choose(nora, items[2])
        expect(saved).to_have_attribute("data-state", "offline")
        phone.pictures("join-test-offline")
        phone.back_online()
        expect(saved).to_have_attribute("data-state", "saved")
    nora.reload()
    for item in items[:3]:
        item.refresh_from_db()
        assert item.answer is not None, item
    for item in items[3:]:
        choose(nora, item)
    nora.locator("#hand-in").focus()
    expect(saved).to_have_attribute("data-state", "saved")
    nora.locator("#hand-in").tap()
    expect(nora.get_by_text("All questions have an answer.")).to_be_visible()
    nora.locator("#sure").get_by_role("button", name="Hand in").tap()
    expect(nora.get_by_role("heading", name="Handed in")).to_be_visible()
    phone.pictures("join-result")
    nora.get_by_role("link", name="Where I stand").tap()

    # The training.
    nora.get_by_role("link", name="Read on").tap()
    pages = list(TrainingPage.objects.filter(is_active=True))
    for number, reading in enumerate(pages):
        expect(nora.get_by_role("heading", name=reading.title)).to_be_visible()
        if number == 0:
            phone.fits_both_ways()
            with phone.expecting("400"):
                nora.get_by_role("button", name="Go on").tap()
                expect(nora.get_by_text("Choose an answer.").first).to_be_visible()
                phone.pictures("join-training")
        for check in reading.checks.all():
            right = check.options.get(is_right=True)
            pick(nora.locator(f'[data-check="{check.pk}"]'), right.text)
        nora.get_by_role("button", name="Go on").tap()
    nora.get_by_role("button", name="Hand it in").tap()
    expect(nora.locator('[data-step="review"]')).to_have_attribute("data-how", "pending")
    phone.pictures("join-status-waiting")

    # A reviewer looks at all of it.
    rita = reviewer()
    secret = make_app(rita)
    desk = screens.desktop("reviewer")
    desk.page.goto(f"{desk.url}/admin/onboarding/application/?state=waiting&q={mine}")
    desk.page.get_by_label("E-mail").fill(rita.email)
    desk.page.get_by_label("Password").fill(PASSWORD)
    desk.page.locator("#sign-in").click()
    desk.page.get_by_label("Code").fill(app_code(secret))
    desk.page.locator("#send-code").click()
    desk.pictures("join-queue")
    desk.page.locator("#result_list tbody th a").first.click()
    expect(desk.page.get_by_text(mine).first).to_be_visible()
    desk.pictures("join-application")
    with desk.page.expect_download() as download:
        desk.page.get_by_role("link", name="Download").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\xff\xd8")
    here = desk.page.url.split("?")[0]
    desk.page.goto(f"{desk.url}/admin/onboarding/attempt/{attempt.pk}/change/")
    desk.page.get_by_role("link", name="Mark written answers").first.click()
    expect(desk.page.get_by_text(RAW_ANSWER)).to_be_visible()
    desk.page.get_by_role("textbox").last.fill("2")
    desk.page.get_by_role("button", name="Mark written answers").click()
    desk.page.wait_for_url(here)
    desk.page.get_by_role("link", name="Admit", exact=True).first.click()
    desk.page.get_by_label("Conversations to look at").fill("1")
    desk.page.locator(f'input[name="desks"][value="{world.desk.pk}"]').check()
    desk.pictures("join-admit")
    desk.page.get_by_role("button", name="Admit", exact=True).click()
    desk.page.wait_for_url(here)
    agent = Agent.objects.get(user__email=mine)
    world.agents.append(agent)
    assert "/agent/" in mailed(mine, "You can begin")

    # Her first conversation, with a real customer.
    nora.reload()
    expect(nora.locator('[data-step="supervised"]')).to_have_attribute("data-how", "next")
    phone.pictures("join-status-probation")
    nora.get_by_role("link", name="Open the app").tap()
    phone.ready()
    phone.go_online()
    kim = screens.customer().open(world.desk.key)
    kim.ask("Where is my parcel?")
    phone.accept()
    kim.met("Nora")
    phone.write("I look at once")
    kim.sees("Where is my parcel?", "I look at once")
    phone.resolve("Solved")
    kim.state("resolved")

    # The reviewer has read it, and certifies.
    desk.page.reload()
    with desk.page.expect_navigation():
        desk.page.get_by_role("link", name="Say how it was").click()
    desk.page.get_by_label("Fine", exact=True).check()
    desk.page.get_by_role("textbox").last.fill("Quick and kind.")
    desk.page.get_by_role("button", name="Say how it was").click()
    desk.page.wait_for_url(here)
    desk.page.get_by_role("link", name="Certify", exact=True).first.click()
    desk.page.get_by_role("button", name="Certify", exact=True).click()
    desk.page.wait_for_url(here)
    assert mailed(mine, "You are certified")
    nora.goto(f"{phone.url}/join/status/")
    expect(nora.get_by_text("You are certified.")).to_be_visible()
    expect(nora.get_by_text("Quick and kind.")).to_be_visible()
    phone.pictures("join-status-certified")
    assert [row.now for row in application.log.order_by("id")] == [
        "preparing", "waiting", "probation", "certified",
    ]  # fmt: skip


def test_a_phone_whose_clock_is_wrong_shows_the_servers_time_and_ends_with_it(
    screens: Screens, world: Any
) -> None:
    nora = applicant(languages={"ie": 3})
    blueprint = Blueprint.objects.filter(language="ie").first() or bank("ie")
    phone = screens.add(Screen, "nora", **PHONE)
    phone.page.add_init_script("const now = Date.now; Date.now = () => now() + 3_600_000")
    phone.page.goto(f"{phone.url}/join/tests/{blueprint.pk}/")
    phone.page.get_by_label("E-mail").fill(nora.email)
    phone.page.get_by_label("Password").fill(PASSWORD)
    phone.page.locator("#sign-in").click()
    phone.page.get_by_role("button", name="Start the clock").tap()
    expect(phone.page.locator("#clock")).to_have_text(re.compile(r"^9:\d\d$"))
    attempt = Attempt.objects.get(application=nora)
    choose(phone.page, attempt.items.get(kind="cloze"))
    expect(phone.page.locator("#saved")).to_have_attribute("data-state", "saved")
    Attempt.objects.filter(pk=attempt.pk).update(until=clock.now() + timedelta(seconds=8))
    phone.page.reload()
    expect(phone.page.locator("#clock")).to_have_text(re.compile(r"^0:0\d$"))
    # Nobody presses anything.
    expect(phone.page.get_by_role("heading", name="Not this time")).to_be_visible()
    attempt.refresh_from_db()
    assert (attempt.state, attempt.percent) == ("done", 25)
    assert attempt.items.get(kind="cloze").score == 1
    assert attempt.ended_at is not None
    late_s = (attempt.ended_at - attempt.until).total_seconds()
    assert -0.3 < late_s < 5, f"{late_s} s after its end"


def test_the_pages_of_applicants_are_light(screens: Screens, world: Any) -> None:
    phone = screens.add(Screen, "nora", **PHONE)
    assert 2_000 < weight(phone, "/join/", "h1") < 16_000
    phone.context.new_cdp_session(phone.page).send("Network.clearBrowserCache")
    assert 2_000 < weight(phone, "/join/apply/", "h1") < 30_000
