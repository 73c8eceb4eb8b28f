"""`make screenshots`: pictures of every state of every page, from a real browser.

    python -m ops.screenshots [SIZE …]        phone, tablet, laptop; all of them by default

Starts a run of its own in a temporary VAR_DIR, drives the demo world through the pages and the
public API as people do, and stops everything again. All pictures go to var/screenshots; those that
the README shows are also written to docs/images.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from ops import chromium, leftovers, servers
from ops.env import REPOSITORY
from ops.errors import Trouble

OUT = REPOSITORY / "var" / "screenshots"
README = REPOSITORY / "docs" / "images"
# Picture → its name in docs/images.
SHOWN = {
    "agent-offer.phone.light": "agent-offer",
    "chat-waiting.laptop.light": "chat-waiting",
    "agent-talk.laptop.dark": "agent-talk",
}
LARGEST_SHOWN = 150_000  # bytes
SIZES: dict[str, dict[str, Any]] = {
    "phone": {
        "viewport": {"width": 360, "height": 740},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
    "tablet": {"viewport": {"width": 768, "height": 1024}, "has_touch": True},
    "laptop": {"viewport": {"width": 1280, "height": 800}},
}
PATIENCE_MS = 30_000
# An offer takes no answer in its first moments.
OFFER_GUARD_MS = 460
# What has just changed is drawn, and nothing is half-way.
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Set beside the run, so that states which take minutes in a shop's day come while a browser looks:
# a ladder that opens at once, an answer that is soon owed, offers that run out. No other queue
# nudges, or a slow machine would put its nudges into other pictures.
IMPATIENT = """
from tickets.models import LadderStep, Queue
queues = Queue.objects.filter(desk__key="demo")
queues.update(nudge_after_s=0, second_nudge_after_s=0, hand_over_after_s=0)
queues.filter(slug="account").update(
    broadcast=2, slots=2, wrap_up_s=90, nudge_after_s=2, hand_over_after_s=300)
queues.filter(slug="payments").update(offer_timeout_s=3)
account = queues.get(slug="account")
account.steps.all().delete()
LadderStep.objects.create(
    queue=account, after_s=1, call_in=True, pay_multiplier="1.25", skip_if_nobody=False)
LadderStep.objects.create(queue=account, after_s=2, is_last=True, skip_if_nobody=False)
"""
# Nobody is called twice within an hour, and every tour calls her.
UNCALLED = "from dispatch.models import CallIn; CallIn.objects.all().delete()"
ASKED = "My parcel says delivered, but nothing is here. Order 20481."
SAID = (
    ("agent", "Hi Kim, I am Greta. I am sorry, that is annoying. Let me look where it went."),
    ("customer", "Thank you! The neighbours have not seen it either."),
    ("agent", "It was left at the parcel shop in Hafenstrasse 12, open until 20:00."),
    ("agent", "Here is the way: https://example.com/shops/hafenstrasse-12"),
    ("customer", "Oh! I walk past there every day. That was quick!"),
)


@dataclass(frozen=True)
class House:
    """A running platform and who can log in."""

    url: str
    agent: tuple[str, str]
    colleague: tuple[str, str]
    supervisor: tuple[str, str]
    environ: dict[str, str]

    def arrange(self, code: str) -> None:
        """Set the scene in the database, as `manage.py shell` does beside any run."""
        subprocess.run(
            [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", code],
            cwd=REPOSITORY, env=self.environ, stdin=subprocess.DEVNULL, check=True,
        )  # fmt: skip


@contextlib.contextmanager
def house() -> Iterator[House]:
    """Start everything in a temporary VAR_DIR; stop and remove it afterwards."""
    var_dir = Path(tempfile.mkdtemp(prefix="flagdown-pictures-"))
    var_dir.chmod(0o755)
    web, sockets = _free_ports()
    environ = {name: value for name, value in os.environ.items() if name not in _OTHER_RUN}
    environ |= {"VAR_DIR": str(var_dir), "HOST": "127.0.0.1", "PORT": str(web)}
    environ |= {"SOCKET_PORT": str(sockets), "RATE_LIMITS": "off"}
    run = subprocess.Popen(
        [sys.executable, "-m", "ops.run", "start"],
        cwd=REPOSITORY, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        moved_in = _moved_in(run, f"http://127.0.0.1:{web}", environ)
        moved_in.arrange(IMPATIENT)
        yield moved_in
    finally:
        run.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            run.communicate(timeout=60)
        leftovers.stop(var_dir)
        servers.remove_postgres(var_dir)
        shutil.rmtree(var_dir, ignore_errors=True)


_OTHER_RUN = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_URL", "SOCKET_URL", "DEBUG"}


def _moved_in(run: "subprocess.Popen[str]", url: str, environ: dict[str, str]) -> House:
    printed = ""
    for line in run.stdout or ():
        printed += line
        if line.startswith("Ready"):
            break
    else:
        raise Trouble(f"The platform did not start:\n{printed}")
    people = re.findall(r"^ +(supervisor|agent) +(\S+@\S+) +(\S+)", printed, re.MULTILINE)
    known = {who if who == "supervisor" else mail: (mail, word) for who, mail, word in people}
    greta, farid = (
        next(login for mail, login in known.items() if mail.startswith(f"{name}@"))
        for name in ("greta", "farid")
    )
    return House(url, greta, farid, known["supervisor"], environ)


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


@dataclass
class Customer:
    """A customer who uses the API instead of a page."""

    http: BrowserContext
    url: str
    token: str = ""
    ticket: str = ""

    def ask(
        self, name: str, text: str, *, topic: str = "general", human: bool = True
    ) -> "Customer":
        """Open a conversation."""
        first = {"client_id": str(uuid.uuid4()), "text": text, "human": human, "topic": topic}
        body = {"desk": "demo", "name": name, "ticket": first | {"language": "en"}}
        answer = self.http.request.post(f"{self.url}/api/v1/chat/sessions", data=body)
        assert answer.ok, answer.text()
        session = answer.json()
        self.token, self.ticket = session["token"], session["ticket"]["id"]
        return self

    def post(self, what: str, body: dict[str, Any] | None = None) -> None:
        """One call about the conversation."""
        self.http.request.post(
            f"{self.url}/api/v1/chat/tickets/{self.ticket}/{what}",
            data=body or {}, headers={"Authorization": f"Bearer {self.token}"},
        )  # fmt: skip

    def say(self, text: str) -> None:
        """Write a message."""
        self.post("messages", {"client_id": str(uuid.uuid4()), "text": text})


@dataclass
class Tour:
    """One walk through the product on screens of one size."""

    house: House
    browser: Browser
    size: str
    taken: list[str] = field(default_factory=list)

    def walk(self) -> None:
        """Take all pictures."""
        for old in OUT.glob(f"*.{self.size}.*.png"):
            old.unlink()
        self._visitors()
        chat, agent = self._page(), self._page()
        self._log_in(agent, "/agent/", self.house.agent, picture="login")
        expect(agent.locator('#app[data-net="open"]')).to_be_visible()
        self.shoot(agent, "agent-offline")
        self._chat_alone(chat)
        self._called_in(agent)
        # The tour before left this profile's agent as she liked it: offline.
        agent.get_by_role("switch").first.click()
        expect(agent.locator("#app")).to_have_attribute("data-presence", "online")
        expect(agent.locator("#switch")).to_have_attribute("aria-busy", "false")
        self.shoot(agent, "agent-online")
        self._go(agent, "#/board", "board")
        self.shoot(agent, "agent-board-empty")
        self._go(agent, "#/", "home")
        self._meet(chat, agent)
        others = self._busy(agent)
        self._lost(chat, agent)
        self._part(chat, agent)
        self._supervise()
        for other in others:
            other.post("close")
        self._missed(agent)
        self._leave(agent)

    # ---- the stations

    def _visitors(self) -> None:
        page = self._page()
        for name, path in (("home", "/"), ("no-desk", "/chat/nowhere/")):
            page.goto(self.house.url + path)
            self.shoot(page, name, whole=name == "home")
        page.goto(f"{self.house.url}/demo/")
        page.wait_for_function("() => window.flagdown")
        self.shoot(page, "shop", schemes=("light",))  # the shop has one face
        with page.expect_event("frameattached") as attached:
            page.evaluate("window.flagdown.open()")
        expect(attached.value.locator("#chat[data-ready=true]")).to_be_visible()
        self.shoot(page, "shop-widget", schemes=("light",))
        page.context.close()

    def _chat_alone(self, page: Page) -> None:
        page.goto(f"{self.house.url}/chat/demo/")
        expect(page.locator("#chat[data-ready=true]")).to_be_visible()
        self.shoot(page, "chat-empty")

        def refuse(route: Any) -> None:
            problem = {"type": "about:blank", "status": 400, "detail": "That was refused."}
            route.fulfill(status=400, json=problem, content_type="application/problem+json")

        page.route("**/chat/sessions", refuse)
        self._write(page, ASKED)
        expect(page.locator(".toast")).to_be_visible()
        self.shoot(page, "chat-error")
        page.unroute("**/chat/sessions")
        page.reload()
        expect(page.locator("#chat[data-ready=true]")).to_be_visible()
        page.get_by_label("Your first name").fill("Kim")
        self._write(page, "")
        self._state(page, "waiting")
        self.shoot(page, "chat-waiting-nobody")
        self._close(page)
        self.shoot(page, "chat-abandoned")

        noted = Customer(page.context, self.house.url).ask("Kim", "A question", human=False)
        page.evaluate(
            """([token, ticket]) => {
              const key = 'fd.session.demo'
              const session = JSON.parse(localStorage.getItem(key))
              const fresh = {...session.ticket, id: ticket, state: 'assistant', last_seq: 1}
              localStorage.setItem(key, JSON.stringify({...session, token, ticket: fresh}))
            }""",
            [noted.token, noted.ticket],
        )
        page.reload()
        self._state(page, "assistant")
        expect(page.locator(".cv-message")).to_have_count(1)
        self.shoot(page, "chat-assistant")
        self._close(page)

    def _called_in(self, agent: Page) -> None:
        """Nobody comes, somebody is called in; she owes an answer, and hands over with a note."""
        self.house.arrange(UNCALLED)
        chat, colleague = self._page(), self._page()
        chat.goto(f"{self.house.url}/chat/demo/")
        chat.get_by_label("Your first name").fill("Kim")
        chat.get_by_label("My account").check()
        self._write(chat, "I am locked out of my account, and my order goes out tonight.")
        later = chat.locator('[data-part="later"]')
        expect(later).to_be_visible()
        self.shoot(chat, "chat-later")
        later.locator('[data-part="later-mail"]').click()
        self.shoot(chat, "chat-later-writing", schemes=("light",))
        later.locator("#later-email").fill("kim@example.com")
        later.locator('[data-part="later-send"]').click()
        expect(later).to_contain_text("kim@example.com")
        self.shoot(chat, "chat-later-kept")
        called = agent.locator("#call-in")
        expect(called).to_be_visible()
        self.shoot(agent, "agent-called-in")
        self._log_in(colleague, "/agent/", self.house.colleague)
        called.locator('[data-part="come"]').click()
        expect(agent.locator("#offer")).to_be_visible()
        self.shoot(agent, "agent-offer-raised")
        self._accept(agent)
        self._state(chat, "active")
        self._write(agent, "Hi Kim, I am Greta. I open it for you today.")
        # Only then is an answer owed: who answers last owes none.
        expect(chat.get_by_text("Hi Kim, I am Greta. I open")).to_be_visible()
        self._write(chat, "That would help. When do you think?")
        expect(agent.locator(".nudge")).to_be_visible()
        self.shoot(agent, "agent-nudged")
        agent.locator('[data-open="actions"]:visible').first.click()
        sheet = agent.locator("#actions")
        sheet.locator("label", has=agent.locator('input[value="transfer"]')).click()
        sheet.locator("#baton-said").fill("Locked out after three tries; she knows her last order.")
        sheet.locator("#baton-promised").fill("Open again before tonight")
        sheet.locator("#baton-next_step").fill("Check the order number, then unlock")
        sheet.locator("#destination").select_option(label="Farid")
        self.shoot(agent, "agent-handing-over")
        # Online only now, so that the first offer was Greta's alone.
        colleague.get_by_role("switch").first.click()
        expect(colleague.locator("#app")).to_have_attribute("data-presence", "online")
        sheet.locator("#actions-go").click()
        expect(sheet).to_be_hidden()
        self._accept(colleague)
        expect(colleague.locator(".baton")).to_be_visible()
        self._write(colleague, "Hi Kim, Farid here. What was your last order's number?")
        self.shoot(colleague, "agent-baton")
        colleague.locator('[data-open="actions"]:visible').first.click()
        sheet = colleague.locator("#actions")
        sheet.locator("label", has=colleague.locator('input[value="resolve"]')).click()
        sheet.locator("#actions-go").click()
        expect(colleague.locator("#wrap-up")).to_be_visible()
        colleague.locator(".toast [data-part=dismiss]").first.click()
        self.shoot(colleague, "agent-wrapping-up")
        colleague.locator('#wrap-up [data-part="done"]').click()
        colleague.get_by_role("switch").first.click()
        expect(colleague.locator("#app")).to_have_attribute("data-presence", "offline")
        for page in (chat, colleague):
            page.context.close()
        agent.get_by_role("switch").first.click()
        expect(agent.locator("#app")).to_have_attribute("data-presence", "offline")
        expect(agent.locator("#switch")).to_have_attribute("aria-busy", "false")

    def _missed(self, agent: Page) -> None:
        """Two offers run out on her, and she is asked whether she is still there."""
        self._go(agent, "#/", "home")
        asked = agent.locator("#missed-sheet")
        unanswered = []
        for text in ("Was I charged twice?", "And my refund?"):
            customer = Customer(agent.context, self.house.url)
            unanswered.append(customer.ask("Mo", text, topic="payments"))
            # One may have run out while the pictures before were taken.
            expect(agent.locator("#offer[open], #missed-sheet[open]")).to_have_count(1)
            expect(agent.locator("#offer")).to_be_hidden()
            if asked.is_visible():
                break
        expect(asked).to_be_visible()
        self.shoot(agent, "agent-missed")
        for customer in unanswered:
            customer.post("close")
        asked.locator("#missed-go").click()
        expect(agent.locator("#app")).to_have_attribute("data-presence", "online")

    def _meet(self, chat: Page, agent: Page) -> None:
        chat.locator('[data-part="restart"]').click()
        chat.get_by_label("A return or delivery").check()
        self._write(chat, ASKED)
        self._state(chat, "waiting")
        offer = agent.locator("#offer")
        expect(offer).to_be_visible()
        # What was said of the conversation before would lie upon it.
        agent.evaluate("document.querySelectorAll('.toast').forEach(toast => toast.remove())")
        self.shoot(agent, "agent-offer")
        offer.locator("#decline").click()
        self.shoot(agent, "agent-offer-declining", schemes=("light",))
        offer.locator("#decline-back").click()
        self.shoot(chat, "chat-waiting")
        self._accept(agent)
        self._state(chat, "active")
        for who, text in SAID:
            page = agent if who == "agent" else chat
            self._write(page, text)
            expect(page.locator(f'[data-pending="true"]:has-text("{text[:20]}")')).to_have_count(0)
        chat.locator('[data-part="input"]').press_sequentially("I will ")
        expect(agent.locator('.talk-frame [data-part="typing"]')).to_be_visible()
        self.shoot(chat, "chat-active")
        self.shoot(agent, "agent-talk")
        for page, name in ((chat, "chat-active-rtl"), (agent, "agent-talk-rtl")):
            page.evaluate("document.documentElement.dir = 'rtl'")
            self.shoot(page, name, schemes=("light",))
            page.evaluate("document.documentElement.dir = 'ltr'")

    def _busy(self, agent: Page) -> list[Customer]:
        """Two more conversations, and two that wait."""
        others = []
        for name, text in (
            ("Noor", "I was charged twice for the same tent."),
            ("Mateusz Brzęczyszczykiewicz", "How do I return the lantern?"),
        ):
            others.append(Customer(agent.context, self.house.url).ask(name, text))
            self._accept(agent)
        self._go(agent, "#/", "home")
        for other, text in zip(others, ("It is on both statements", "Are you there?"), strict=True):
            other.say(text)
        expect(agent.locator(".conv-badge:visible")).to_have_count(2)
        self.shoot(agent, "agent-several")
        for name, topic in (("Ida", "payments"), ("Juan", "returns"), ("Li", "account")):
            customer = Customer(agent.context, self.house.url)
            others.append(customer.ask(name, f"A question about {topic}", topic=topic))
        self._go(agent, "#/board", "board")
        expect(agent.locator("#board .waiting")).to_have_count(3)
        self.shoot(agent, "agent-board")
        return others

    def _lost(self, chat: Page, agent: Page) -> None:
        agent.locator("#conversations .conv a").first.evaluate("link => location.hash = link.hash")
        expect(agent.locator("#app")).to_have_attribute("data-view", "talk")
        for page in (chat, agent):
            page.context.set_offline(True)
        expect(agent.locator("#app")).to_have_attribute("data-net", "offline")
        self._write(chat, "Are you still there?")
        expect(chat.locator('[data-mark="pending"]')).to_be_visible()
        self.shoot(chat, "chat-offline")
        self.shoot(agent, "agent-reconnecting")
        for page in (chat, agent):
            page.context.set_offline(False)
        expect(agent.locator("#app")).to_have_attribute("data-net", "open")
        expect(chat.locator('[data-mark="pending"]')).to_have_count(0)

    def _part(self, chat: Page, agent: Page) -> None:
        agent.locator('[data-open="actions"]:visible').first.click()
        sheet = agent.locator("#actions")
        expect(sheet).to_be_visible()
        sheet.locator("label", has=agent.locator('input[value="resolve"]')).click()
        self.shoot(agent, "agent-resolving")
        sheet.locator("#actions-go").click()
        expect(sheet).to_be_hidden()
        self._state(chat, "resolved")
        self.shoot(chat, "chat-ended")
        chat.locator(".star").nth(4).click()
        self.shoot(chat, "chat-rating")
        chat.locator('[data-part="rate"]').click()
        expect(chat.get_by_text("Thank you. That helps us.")).to_be_visible()
        self.shoot(chat, "chat-rated")
        chat.context.close()

    def _supervise(self) -> None:
        page = self._page()
        self._log_in(page, "/admin/", self.house.supervisor)
        self.shoot(page, "admin-home")
        page.goto(f"{self.house.url}/admin/tickets/ticket/")
        self.shoot(page, "admin-tickets")
        page.goto(f"{self.house.url}/admin/tickets/ticket/?q=Kim&state__exact=resolved")
        page.locator("#result_list tbody th a").first.click()
        expect(page.get_by_text(ASKED).first).to_be_visible()
        self.shoot(page, "admin-ticket", whole=True)
        page.context.close()

    def _leave(self, agent: Page) -> None:
        """Pause, finish and go home, so that the next tour begins like this one."""
        if agent.locator("#offer").is_visible():
            agent.locator("#decline").click()
            agent.locator('#offer [data-reason=""]').click()
        self._go(agent, "#/", "home")
        agent.locator("#pause").click()
        self.shoot(agent, "agent-pausing")
        agent.locator('#pause-sheet [value="meal"]').click()
        expect(agent.locator("#app")).to_have_attribute("data-presence", "paused")
        self.shoot(agent, "agent-paused")
        agent.locator("#me").click()
        self.shoot(agent, "agent-me")
        agent.locator('#me-sheet [method="dialog"] button').click()
        agent.locator("#stop").click()
        expect(agent.locator("#app")).to_have_attribute("data-presence", "offline")
        agent.context.close()

    # ---- steps

    def _page(self) -> Page:
        # Without motion every picture shows a state, not the way to it.
        context = self.browser.new_context(
            locale="en-GB", reduced_motion="reduce", **SIZES[self.size]
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        return page

    def _log_in(self, page: Page, path: str, login: tuple[str, str], picture: str = "") -> None:
        page.goto(self.house.url + path)
        if picture:
            self.shoot(page, picture)
        page.get_by_label("E-mail").fill(login[0])
        page.get_by_label("Password").fill(login[1])
        page.locator("#sign-in").click()
        page.wait_for_url(lambda url: "/accounts/" not in url)

    def _go(self, agent: Page, address: str, view: str) -> None:
        agent.evaluate("hash => location.hash = hash", address)
        expect(agent.locator("#app")).to_have_attribute("data-view", view)

    def _write(self, page: Page, text: str) -> None:
        """Send a text; without one, what stands in the composer already."""
        frame = page.locator("fd-conversation:visible")
        if text:
            frame.locator('[data-part="input"]').fill(text)
        frame.locator('[data-part="send"]').click()

    def _state(self, chat: Page, state: str) -> None:
        expect(chat.locator(f'#chat[data-state="{state}"]')).to_be_visible()

    def _close(self, chat: Page) -> None:
        chat.locator('[data-part="leave"]').click()
        chat.locator('#confirm-close [value="close"]').click()
        expect(chat.locator('[data-part="end"]')).to_be_visible()

    def _accept(self, agent: Page) -> None:
        expect(agent.locator("#offer")).to_be_visible()
        agent.wait_for_function(
            f"since => performance.now() - since > {OFFER_GUARD_MS}",
            arg=agent.evaluate("performance.now()"),
        )
        agent.locator("#accept").click()
        expect(agent.locator("#offer")).to_be_hidden()

    def shoot(
        self,
        page: Page,
        name: str,
        *,
        whole: bool = False,
        schemes: tuple[str, ...] = ("light", "dark"),
    ) -> None:
        """One picture per colour scheme."""
        for scheme in schemes:
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            if "/admin/" in page.url:  # it looks at the scheme once, when it loads
                page.reload()
            page.evaluate(TWO_FRAMES)
            picture = f"{name}.{self.size}.{scheme}"
            page.screenshot(path=OUT / f"{picture}.png", full_page=whole)
            self.taken.append(picture)
        page.emulate_media(color_scheme="light")


def publish(taken: list[str]) -> None:
    """Copy what the README shows. Raises `Trouble` for a picture that is too heavy for it."""
    README.mkdir(parents=True, exist_ok=True)
    for picture in set(taken) & set(SHOWN):
        source = OUT / f"{picture}.png"
        if source.stat().st_size > LARGEST_SHOWN:
            raise Trouble(
                f"{source} has more than {LARGEST_SHOWN} bytes: too heavy for the README."
            )
        shutil.copyfile(source, README / f"{SHOWN[picture]}.png")


def main(arguments: list[str], say: Callable[[str], None] = print) -> int:
    """Take the pictures of the named sizes."""
    unknown = set(arguments) - set(SIZES)
    if unknown:
        say(f"There is no size {', '.join(sorted(unknown))}: choose from {', '.join(SIZES)}.")
        return 2
    # Told to stop, leave as after the last picture: nothing of ours runs on.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    OUT.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE_MS)
    taken: list[str] = []
    try:
        path = chromium.find()
        with house() as running, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=chromium.launch_args())
            for size in arguments or SIZES:
                tour = Tour(running, browser, size, taken)
                tour.walk()
                say(f"{size}: {len(taken)} pictures so far")
            browser.close()
        publish(taken)
    except Trouble as trouble:
        say(str(trouble))
        return 1
    say(f"{len(taken)} pictures are in {OUT}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
