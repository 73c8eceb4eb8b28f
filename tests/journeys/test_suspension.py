"""Suspended by one person, restored by another: what the agent sees of it."""

from typing import Any

from playwright.sync_api import expect

from agents.models import User
from tests.factories import PASSWORD, app_code, make_app
from tests.journeys.screens import Screen, Screens

WHY = "A customer's address from your conversation was seen in a public forum."
APPEAL = "That was not me. I have never copied an address, and I was on a train that day."


def supervisor(screens: Screens, world: Any, name: str) -> Screen:
    """A supervisor in the admin, through the log-in."""
    person = User.objects.create_superuser(
        f"{name.lower()}-{world.desk.key}@example.com", PASSWORD, first_name=name
    )
    secret = make_app(person)
    desk = screens.desktop(name)
    desk.page.goto(f"{desk.url}/admin/")
    desk.page.get_by_label("E-mail").fill(person.email)
    desk.page.get_by_label("Password").fill(PASSWORD)
    desk.page.locator("#sign-in").click()
    desk.page.get_by_label("Code").fill(app_code(secret))
    desk.page.locator("#send-code").click()
    desk.page.wait_for_url("**/admin/")
    return desk


def test_who_is_suspended_reads_why_appeals_and_works_again_once_another_person_lifts_it(
    screens: Screens, world: Any
) -> None:
    agent = world.agent("Alice")
    alice = screens.phone(agent).go_online()
    kim = screens.customer().open(world.desk.key)
    kim.ask("My parcel is late")
    alice.accept()
    kim.met("Alice")

    sam = supervisor(screens, world, "Sam")
    sam.page.goto(f"{sam.url}/admin/agents/agent/{agent.pk}/change/")
    sam.page.get_by_role("link", name="Suspend…").first.click()
    sam.page.get_by_label("About").select_option("privacy")
    sam.page.get_by_label("Reasons").fill(WHY)
    sam.pictures("suspend-form")
    sam.page.get_by_role("button", name="Suspend").click()
    expect(sam.page.get_by_text("is suspended and was told by mail").first).to_be_visible()

    # Her app leads her to the page that says why; the customer waits for somebody else.
    alice.page.wait_for_url("**/agent/suspension/")
    kim.state("waiting")
    expect(alice.page.get_by_role("heading", name="You are suspended")).to_be_visible()
    for words in ("Sam", WHY, "No end date: a person has to lift it"):
        expect(alice.page.get_by_text(words).first).to_be_visible()
    alice.fits_both_ways()
    alice.pictures("suspended")
    alice.page.get_by_label("Say in your own words").fill(APPEAL)
    alice.page.reload()
    expect(alice.page.get_by_label("Say in your own words")).to_have_value(APPEAL)
    alice.page.locator("#send-appeal").tap()
    expect(alice.page.get_by_text("A person who had no part in the suspension")).to_be_visible()
    alice.fits_both_ways()
    alice.pictures("appealed")

    # In the app she is told, and the switch says no.
    alice.page.get_by_role("link", name="To the app").tap()
    alice.ready()
    expect(alice.page.get_by_role("link", name="Suspended: read why")).to_be_visible()
    alice.fits_both_ways()
    alice.pictures("suspended-app")
    with alice.expecting("403"):
        alice.page.locator("#switch").tap()
        alice.toast("You are suspended.")

    robin = supervisor(screens, world, "Robin")
    robin.page.goto(f"{robin.url}/admin/fairness/appeal/?q={agent.user.email}")
    robin.page.locator("#result_list tbody th a").first.click()
    expect(robin.page.get_by_text(APPEAL).first).to_be_visible()
    robin.pictures("appeal-admin")
    robin.page.get_by_role("link", name="Grant: it was wrong").first.click()
    robin.page.get_by_label("Reasons").fill("The forum's post is older than your account. Sorry.")
    robin.page.get_by_role("button", name="Grant: it was wrong").click()
    expect(robin.page.get_by_text("Answered. She was told by mail.").first).to_be_visible()

    alice.page.goto(f"{alice.url}/agent/suspension/")
    expect(alice.page.get_by_text("Your appeal was granted")).to_be_visible()
    alice.fits_both_ways()
    alice.pictures("appeal-granted")
    alice.page.get_by_role("link", name="To the app").tap()
    alice.ready()
    alice.go_online()
    # What she gave back comes to her again, or to a colleague, after a while; new work at once.
    lee = screens.customer("lee").open(world.desk.key)
    lee.ask("Hello?", "Lee")
    alice.accept()
    lee.met("Alice")


def test_an_unfair_rating_is_contested_and_counts_no_more(screens: Screens, world: Any) -> None:
    agent = world.agent("Alice")
    alice = screens.phone(agent).go_online()
    kim = screens.customer().open(world.desk.key)
    kim.ask("My parcel is late")
    alice.accept()
    kim.met("Alice")
    alice.resolve("Solved")
    kim.state("resolved")
    kim.page.locator(".star").first.click()
    kim.page.get_by_label("Anything to add?").fill("The courier was rude")
    kim.page.get_by_role("button", name="Send rating").click()
    expect(kim.page.get_by_text("Thank you. That helps us.")).to_be_visible()

    alice.page.locator("#me").tap()
    alice.page.get_by_role("link", name="Who got what, and why").tap()
    alice.page.get_by_role("link", name="What customers thought").tap()
    expect(alice.page.get_by_text("The courier was rude")).to_be_visible()
    alice.page.get_by_text("That is not fair").tap()
    alice.page.get_by_label("Say what is wrong").fill("It is about the courier, not about me.")
    alice.fits_both_ways()
    alice.pictures("ratings")
    alice.page.get_by_role("button", name="Send it").tap()
    expect(alice.page.get_by_text("You contested it")).to_be_visible()

    sam = supervisor(screens, world, "Sam")
    sam.page.goto(f"{sam.url}/admin/tickets/contest/?q={agent.user.email}")
    sam.page.locator("#result_list tbody th a").first.click()
    sam.page.get_by_role("link", name="Accept: it does not count").first.click()
    sam.page.get_by_label("Reason").fill("The words are about the courier.")
    sam.page.get_by_role("button", name="Accept: it does not count").click()
    expect(sam.page.get_by_text("Answered.").first).to_be_visible()
    alice.page.reload()
    expect(alice.page.get_by_text("You were right: it does not count.")).to_be_visible()
    expect(alice.page.get_by_text("on average")).to_have_count(0)
    alice.fits_both_ways()
