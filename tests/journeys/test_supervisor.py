"""A supervisor takes a hand, and everybody concerned sees it at once."""

from typing import Any

from playwright.sync_api import expect

from agents.models import User
from tests.factories import PASSWORD, app_code, make_app
from tests.journeys.screens import Screens


def test_a_supervisor_returns_a_conversation_and_another_agent_takes_it(
    screens: Screens, world: Any
) -> None:
    sam = User.objects.create_superuser(f"sam-{world.desk.key}@example.com", PASSWORD)
    secret = make_app(sam)
    alice = screens.phone(world.agent("Alice")).go_online()
    bob = screens.phone(world.agent("Bob"))
    kim = screens.customer().open(world.desk.key)
    kim.ask("My parcel is late")
    alice.accept()
    kim.met("Alice")

    desk = screens.desktop("supervisor")
    desk.page.goto(f"{desk.url}/admin/")
    desk.page.get_by_label("E-mail").fill(sam.email)
    desk.page.get_by_label("Password").fill(PASSWORD)
    desk.page.locator("#sign-in").click()
    desk.page.get_by_label("Code").fill(app_code(secret))
    desk.page.locator("#send-code").click()
    desk.page.wait_for_url("**/admin/")
    desk.page.goto(f"{desk.url}/admin/tickets/ticket/?q={kim.ticket}")
    desk.page.locator("#result_list tbody th a").first.click()
    expect(desk.page.get_by_text("My parcel is late").first).to_be_visible()
    desk.page.get_by_role("link", name="Return to the queue").first.click()
    desk.page.get_by_role("button", name="Return to the queue").click()
    expect(desk.page.get_by_text("is back in its queue").first).to_be_visible()

    expect(alice.page.locator("#talk [data-part=end]")).to_contain_text("with a colleague now")
    kim.state("waiting")
    expect(kim.page.locator("[data-part=then]")).to_contain_text("Alice could not stay")
    bob.go_online()
    bob.accept()
    kim.met("Bob")
    bob.write("I read on from here")
    kim.sees("My parcel is late", "I read on from here")
    bob.sees("My parcel is late", "I read on from here")
