"""A customer rates, and gives a tip, on the page she has written on."""

from decimal import Decimal
from typing import Any

from playwright.sync_api import expect

from pay.models import Tipping
from pay.queries.balances import of_agent
from tests.journeys.screens import PHONE, CustomerPage, Screens


def ended(screens: Screens, world: Any, agent: Any) -> CustomerPage:
    """Kim's page, after this agent has resolved."""
    kim = screens.customer(**PHONE).open(world.desk.key)
    alice = screens.phone(agent)
    alice.go_online()
    kim.ask("My parcel is late")
    alice.accept()
    kim.state("active")
    alice.resolve("Question answered")
    kim.state("resolved")
    return kim


def rate(kim: CustomerPage, stars: int) -> None:
    """Rate the conversation."""
    kim.page.locator(".star").nth(stars - 1).click()
    kim.page.get_by_role("button", name="Send rating").click()
    expect(kim.page.get_by_text("Thank you. That helps us.")).to_be_visible()


def test_who_is_content_may_add_a_tip_once(screens: Screens, world: Any) -> None:
    Tipping.objects.create(
        desk=world.desk, amounts=[Decimal(1), Decimal(2), Decimal(5)], is_on=True
    )
    agent = world.agent("Alice")
    kim = ended(screens, world, agent)
    rate(kim, 5)
    tip = kim.page.locator(".tip")
    expect(tip).to_contain_text("A tip for Alice?")
    give = tip.locator("[data-part=tip-give]")
    # Nothing is chosen for her.
    expect(give).to_be_hidden()
    tip.locator("label", has_text="€2.00").click()
    expect(give).to_have_text("Give €2.00")
    kim.fits_both_ways()
    kim.pictures("tip")
    give.click()
    thanks = tip.get_by_text("You gave Alice €2.00. Thank you!")
    expect(thanks).to_be_visible()
    expect(tip.get_by_role("radio")).to_have_count(0)
    kim.pictures("tip-given")
    assert of_agent(agent.pk) == {"EUR": 200}
    # Still so after a reload: nobody is asked twice.
    kim.page.reload()
    expect(thanks).to_be_visible()
    expect(give).to_be_hidden()


def test_who_is_not_content_or_writes_where_no_tips_are_taken_is_not_asked(
    screens: Screens, world: Any
) -> None:
    tipping = Tipping.objects.create(desk=world.desk, amounts=[Decimal(1)], is_on=True)
    kim = ended(screens, world, world.agent("Alice"))
    tip = kim.page.locator(".tip")
    with kim.page.expect_response("**/tip") as asked:
        rate(kim, 2)
    assert asked.value.json() == {"amounts": [], "tip": None}
    expect(tip).to_be_hidden()
    Tipping.objects.filter(pk=tipping.pk).update(is_on=False)
    with kim.page.expect_response("**/tip") as asked:
        kim.page.reload()
    assert asked.value.json() == {"amounts": [], "tip": None}
    expect(tip).to_be_hidden()
