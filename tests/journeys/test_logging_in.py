"""Every way in, and how a way in ends, in front of a real browser."""

import re
from typing import Any

from playwright.sync_api import expect

from agents.models import User
from tests.factories import PASSWORD, app_code, make_app
from tests.journeys.screens import PHONE, AgentPhone, Screen, Screens
from tests.stack import Stack, until


def by_name(screen: Screen) -> None:
    """From now on at localhost: a passkey belongs to a name."""
    screen.url = screen.url.replace("127.0.0.1", "localhost")


def with_keys(screen: Screen) -> Any:
    """A device that keeps passkeys and knows its owner, without a finger."""
    device = screen.context.new_cdp_session(screen.page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return device


def log_in(screen: Screen, user: User, path: str = "/agent/") -> None:
    screen.page.goto(screen.url + path)
    screen.page.get_by_label("E-mail").fill(user.email)
    screen.page.get_by_label("Password").fill(PASSWORD)
    screen.page.locator("#sign-in").click()


def look(screen: Screen, heading: str, what: str) -> None:
    """The page with this heading is there, and fits."""
    expect(screen.page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    screen.fits_both_ways()
    screen.pictures(what)


def it_is_me(screen: Screen) -> None:
    """Asked before something that matters."""
    expect(screen.page.get_by_role("heading", name="Is it you?")).to_be_visible()
    screen.page.get_by_label("Password").fill(PASSWORD)
    screen.page.get_by_role("button", name="Confirm").click()


def sam(world: Any) -> User:
    """A supervisor with nothing but a password."""
    return User.objects.create_superuser(f"sam-{world.desk.key}@example.com", PASSWORD)


def test_a_passkey_is_made_and_lets_in_without_a_password(screens: Screens, world: Any) -> None:
    alice = world.agent("Alice")
    phone = screens._add(AgentPhone(screens._context(PHONE), "Alice", screens.url))
    by_name(phone)
    with_keys(phone)
    log_in(phone, alice.user)
    phone.ready()
    phone.page.locator("#me").tap()
    phone.page.get_by_role("link", name="Security").tap()
    look(phone, "Security", "security")
    phone.page.locator("#add-passkey").tap()
    it_is_me(phone)
    expect(phone.page.get_by_label("Name, to tell it from others")).not_to_have_value("")
    phone.page.get_by_label("Name, to tell it from others").fill("My phone")
    look(phone, "New passkey", "passkey-new")
    phone.page.locator("#make-passkey").tap()
    expect(phone.page.locator("#codes li")).to_have_count(10)
    look(phone, "Recovery codes", "recovery-codes")
    phone.page.get_by_role("link", name="I have kept them").tap()
    expect(phone.page.get_by_text("My phone")).to_be_visible()
    phone.pictures("security-passkey")
    phone.page.get_by_role("button", name="Sign out here").tap()
    phone.page.wait_for_url(f"{phone.url}/")

    phone.page.goto(f"{phone.url}/agent/")
    look(phone, "Sign in", "log-in")
    phone.page.locator("#with-passkey").tap()
    phone.ready()

    # Where it is only the second step, it does as well.
    phone.page.goto(f"{phone.url}/accounts/logout/")
    phone.page.locator("#sign-out").tap()
    phone.page.wait_for_url(f"{phone.url}/")
    log_in(phone, alice.user)
    look(phone, "And now the second step", "second-step")
    phone.page.locator("#with-passkey").tap()
    phone.ready()


def test_a_device_without_her_passkey_says_what_else_works(screens: Screens, world: Any) -> None:
    phone = screens.add(Screen, "phone")
    by_name(phone)
    device = with_keys(phone)
    phone.page.goto(f"{phone.url}/accounts/login/")
    phone.page.locator("#with-passkey").click()
    expect(phone.page.get_by_text("That did not work, or was cancelled.")).to_be_visible()
    expect(phone.page.locator("#with-passkey")).to_be_enabled()
    device.send("WebAuthn.disable")
    # At an address of numbers there are none.
    phone.page.goto(f"{screens.url}/accounts/login/")
    expect(phone.page.locator("#sign-in")).to_be_visible()
    expect(phone.page.locator("#with-passkey")).to_have_count(0)


def test_a_code_by_mail_opens_the_app(screens: Screens, stack: Stack, world: Any) -> None:
    alice = world.agent("Alice")
    phone = screens._add(AgentPhone(screens._context(PHONE), "Alice", screens.url))
    phone.page.goto(f"{phone.url}/agent/")
    phone.page.get_by_role("link", name="Send me a code").tap()
    look(phone, "A code instead of a password", "code-ask")
    phone.page.get_by_label("E-mail").fill(alice.user.email)
    phone.page.locator("#send-code").tap()
    (mail,) = until(lambda: stack.mails_to(alice.user.email))
    found = re.search(r"^[B-Z]{4}-[B-Z]{4}$", mail, re.MULTILINE)
    assert found, mail
    phone.page.get_by_label("Code").fill("BBBB-BBBB")
    phone.page.locator("#sign-in").tap()
    expect(phone.page.get_by_text("Incorrect code.")).to_be_visible()
    look(phone, "Look into your mail", "code-enter")
    phone.page.get_by_label("Code").fill(found[0])
    phone.page.locator("#sign-in").tap()
    phone.ready()


def test_a_supervisor_sets_an_app_up_before_the_admin_opens_and_uses_it_from_then_on(
    screens: Screens, world: Any
) -> None:
    person = sam(world)
    desk = screens.desktop("supervisor")
    log_in(desk, person, "/admin/")
    expect(desk.page.get_by_text("One more step before the admin opens")).to_be_visible()
    look(desk, "Security", "staff-owes")
    desk.page.locator("#add-app").click()
    it_is_me(desk)
    desk.page.get_by_text("Type the key instead").click()
    secret = desk.page.locator("#secret").inner_text()
    look(desk, "Authenticator app", "app-set-up")
    desk.page.get_by_label("Code").fill("000000")
    desk.page.locator("#send-code").click()
    expect(desk.page.get_by_text("This code is wrong")).to_be_visible()
    desk.page.get_by_label("Code").fill(app_code(secret))
    desk.page.locator("#send-code").click()
    recovery = desk.page.locator("#codes li").first.inner_text()
    desk.page.goto(f"{desk.url}/admin/")
    expect(desk.page.get_by_role("link", name="Agents").first).to_be_visible()

    other = screens.desktop("elsewhere")
    log_in(other, person, "/admin/agents/agent/")
    other.page.get_by_label("Code").fill(app_code(secret, 1))
    other.page.locator("#send-code").click()
    other.page.wait_for_url("**/admin/agents/agent/")

    third = screens.desktop("without-phone")
    log_in(third, person, "/admin/")
    third.page.get_by_label("Code").fill(recovery)
    third.page.locator("#send-code").click()
    third.page.wait_for_url("**/admin/")


def test_a_session_is_ended_from_another_device_and_its_socket_closes(
    screens: Screens, world: Any
) -> None:
    alice = world.agent("Alice")
    lost = screens.phone(alice).go_online()
    here = screens.desktop("laptop")
    log_in(here, alice.user, "/account/")
    rows = here.page.locator("[data-session]")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("this one")
    look(here, "Security", "sessions")
    with lost.expecting():
        rows.nth(1).get_by_role("button", name="Sign out").click()
        expect(here.page.get_by_text("Signed out. What was open there is closed.")).to_be_visible()
        lost.page.wait_for_url("**/accounts/login/**", timeout=5000)
    expect(rows).to_have_count(1)

    # The same for all others at once.
    other = screens.phone(alice)
    here.page.reload()
    with other.expecting():
        here.page.locator("#end-others").click()
        expect(here.page.get_by_text("Only this browser is left.")).to_be_visible()
        other.page.wait_for_url("**/accounts/login/**", timeout=5000)
    here.page.reload()
    expect(rows).to_have_count(1)


def test_a_supervisor_with_an_app_is_asked_for_it_after_a_code_by_mail(
    screens: Screens, stack: Stack, world: Any
) -> None:
    person = sam(world)
    secret = make_app(person)
    desk = screens.desktop("supervisor")
    desk.page.goto(f"{desk.url}/accounts/login/code/")
    desk.page.get_by_label("E-mail").fill(person.email)
    desk.page.locator("#send-code").click()
    (mail,) = until(lambda: stack.mails_to(person.email))
    found = re.search(r"^[B-Z]{4}-[B-Z]{4}$", mail, re.MULTILINE)
    assert found
    desk.page.get_by_label("Code").fill(found[0])
    desk.page.locator("#sign-in").click()
    expect(desk.page.get_by_role("heading", name="And now the second step")).to_be_visible()
    desk.page.get_by_label("Code").fill(app_code(secret))
    desk.page.locator("#send-code").click()
    desk.page.wait_for_url("**/admin/")
