"""The demo world: one desk, its queues, agents of different languages and skills, a supervisor."""

import json
import secrets
from datetime import time
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from agents.models import Agent, AgentLanguage, AgentSkill, Presence, Skill, User
from core import clock
from dispatch.management import applicants
from pay.models import Tariff, TariffBonus, Tipping
from tickets.models import Desk, LadderSkill, LadderStep, Queue, QueueSkill

PASSWORD = "flagdown-demo"  # noqa: S105 - in the README on purpose; see `password`
DOMAIN = "demo.flagdown.example"
DESK = "demo"
APPLICANT = f"nora@{DOMAIN}"

SKILLS = {
    "payments": "Payments",
    "returns": "Returns and delivery",
    "account": "Account and security",
}
QUEUES: list[dict[str, Any]] = [
    {
        "slug": "general",
        "name": "General question",
        "skills": {},
        "is_default": True,
        "service_level_s": 60,
        "expected_minutes": 5,
    },
    {
        "slug": "payments",
        "name": "A payment",
        "skills": {"payments": 2},
        "service_level_s": 45,
        "expected_minutes": 7,
    },
    {
        "slug": "returns",
        "name": "A return or delivery",
        "skills": {"returns": 2},
        "service_level_s": 90,
        "expected_minutes": 6,
    },
    {
        "slug": "account",
        "name": "My account",
        "skills": {"account": 3},
        "service_level_s": 30,
        "expected_minutes": 8,
    },
]
# Every queue's ladder. `skills` is the level at which a step asks for each skill of the queue.
LADDER: list[dict[str, Any]] = [
    {"after_s": 30, "language_level": 1, "skills": 1},
    {"after_s": 60, "skills": 0, "priority": 1},
    {"after_s": 120, "broadcast": 3, "pay_multiplier": Decimal("1.25"), "call_in": True},
    {"after_s": 300, "alert": True, "is_last": True},
]
Spec = tuple[str, dict[str, int], dict[str, int]]  # name, languages, skills
AGENTS: list[Spec] = [
    ("Ana", {"en": 4, "es": 5, "pt": 4}, {"payments": 4, "returns": 3}),
    ("Ben", {"en": 5, "de": 3}, {"payments": 3, "account": 4}),
    ("Chioma", {"en": 5, "fr": 4}, {"returns": 4, "account": 3}),
    ("Dilek", {"en": 4, "tr": 5, "de": 5}, {"payments": 5, "returns": 2}),
    ("Elif", {"en": 3, "tr": 5, "ar": 4}, {"returns": 5}),
    ("Farid", {"en": 4, "ar": 5, "fr": 5}, {"payments": 3, "account": 5}),
    ("Greta", {"en": 5, "sv": 5, "no": 4}, {"payments": 4, "returns": 4, "account": 4}),
    ("Hugo", {"en": 4, "pl": 5, "uk": 3}, {"returns": 3, "account": 2}),
]
TARIFF: dict[str, Any] = {
    "currency": "EUR",
    "base": Decimal("1.20"),
    "minute": Decimal("0.30"),
    "minimum": Decimal("1.80"),
    "waiting": Decimal("4.00"),
    "floor": Decimal("13.00"),
    "time_zone": "Europe/Berlin",
}
BONUSES: list[dict[str, Any]] = [
    {"kind": "night", "percent": Decimal(25), "begins": time(22), "ends": time(6)},
    {"kind": "language", "percent": Decimal(15), "languages": ["tr", "ar", "uk", "sv"]},
    {"kind": "reply", "amount": Decimal("0.20"), "within_s": 30},
]
OFFER_TIMEOUT_S = 15
# More agents (`--agents N`) repeat the eight profiles under numbered e-mails.
CAPACITY = 3


def password() -> str:
    """The demo people's password: the README's on this machine alone, else one that nobody knows.

    A server that others can reach must not come with a supervisor whose password is published.
    """
    if {settings.HOST, urlsplit(settings.PUBLIC_URL).hostname} <= settings.LOOPBACK:
        return PASSWORD
    kept = settings.VAR_DIR / "demo-password"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(12))
    return kept.read_text().strip()


class Command(BaseCommand):
    """Make the demo world (again: it changes nothing that is there) and print its log-ins."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """`--json` for machines, `--agents N` for more, `--capacity N` for how much each takes."""
        parser.add_argument("--json", action="store_true", help="print the world as JSON")
        parser.add_argument("--agents", type=int, default=0, help="add N more agents")
        parser.add_argument(
            "--capacity", type=int, default=CAPACITY, help="slots of the added agents"
        )

    def handle(self, **options: Any) -> None:
        """Make what is missing, then print."""
        more, capacity = options["agents"], options["capacity"]
        if not 0 <= more <= 20_000:
            raise CommandError("--agents takes a number from 0 to 20000.")
        if not 1 <= capacity <= 20:
            raise CommandError("--capacity takes a number from 1 to 20.")
        with transaction.atomic():
            desk = self._desk()
            self._agents(desk, AGENTS, CAPACITY)
            if more:
                first = Agent.objects.filter(desks=desk, supervises=False).count()
                self._agents(desk, [_numbered(first + i) for i in range(more)], capacity)
            supervisor = self._supervisor(desk)
            self._pay(desk)
            applicants.fill_bank()
            applicants.make_applicant(APPLICANT, password())
        world = _world(desk, supervisor)
        if options["json"]:
            self.stdout.write(json.dumps(world))
            return
        self.stdout.write(f"Desk        {settings.PUBLIC_URL}/chat/{desk.key}/")
        self.stdout.write(f"Supervisor  {supervisor.email}  {password()}")
        self.stdout.write(f"Applicant   {APPLICANT}  {password()}")
        for agent in world["agents"][: len(AGENTS)]:
            self.stdout.write(
                f"Agent       {agent['email']}  {agent['password']}  ({', '.join(agent['languages'])})"
            )

    def _desk(self) -> Desk:
        desk, _new = Desk.objects.get_or_create(
            key=DESK, defaults={"name": "Nordlicht Outdoor", "origins": [settings.PUBLIC_URL]}
        )
        skills = {
            slug: Skill.objects.get_or_create(slug=slug, defaults={"name": name})[0]
            for slug, name in SKILLS.items()
        }
        for spec in QUEUES:
            fields = {name: value for name, value in spec.items() if name not in {"slug", "skills"}}
            queue, new = Queue.objects.get_or_create(
                desk=desk,
                slug=spec["slug"],
                defaults={**fields, "offer_timeout_s": OFFER_TIMEOUT_S},
            )
            if new:
                QueueSkill.objects.bulk_create(
                    QueueSkill(queue=queue, skill=skills[slug], level=level)
                    for slug, level in spec["skills"].items()
                )
                self._ladder(queue, [skills[slug] for slug in spec["skills"]])
        return desk

    def _ladder(self, queue: Queue, skills: list[Skill]) -> None:
        for spec in LADDER:
            changes = {name: value for name, value in spec.items() if name != "skills"}
            step = LadderStep.objects.create(queue=queue, **changes)
            if "skills" in spec:
                LadderSkill.objects.bulk_create(
                    LadderSkill(step=step, skill=skill, level=spec["skills"]) for skill in skills
                )

    def _agents(self, desk: Desk, specs: list[Spec], capacity: int) -> None:
        emails = {f"{spec[0].lower()}@{DOMAIN}": spec for spec in specs}
        known = set(User.objects.filter(email__in=emails).values_list("email", flat=True))
        fresh = {email: spec for email, spec in emails.items() if email not in known}
        if not fresh:
            return
        # Hashing is slow on purpose; these accounts share a password, so they share its hash.
        template = User(email="")
        template.set_password(password())
        users = User.objects.bulk_create(
            User(email=email, password=template.password, first_name=spec[0].split("-")[0])
            for email, spec in fresh.items()
        )
        agents = Agent.objects.bulk_create(Agent(user=user, name=user.first_name) for user in users)
        Presence.objects.bulk_create(Presence(agent=agent, capacity=capacity) for agent in agents)
        specs_of = dict(zip(agents, fresh.values(), strict=True))
        AgentLanguage.objects.bulk_create(
            AgentLanguage(agent=agent, code=code, level=level)
            for agent, spec in specs_of.items()
            for code, level in spec[1].items()
        )
        skills = {skill.slug: skill for skill in Skill.objects.filter(slug__in=SKILLS)}
        AgentSkill.objects.bulk_create(
            AgentSkill(agent=agent, skill=skills[slug], level=level)
            for agent, spec in specs_of.items()
            for slug, level in spec[2].items()
        )
        desk.agents.add(*agents)

    def _pay(self, desk: Desk) -> None:
        """What conversations pay here, so that every offer says it."""
        if Tariff.objects.filter(desk=desk).exists():
            return
        tariff = Tariff.objects.create(desk=desk, starts_at=clock.now(), **TARIFF)
        TariffBonus.objects.bulk_create(TariffBonus(tariff=tariff, **each) for each in BONUSES)
        Tipping.objects.get_or_create(
            desk=desk, defaults={"amounts": [Decimal(1), Decimal(2), Decimal(5)], "is_on": True}
        )

    def _supervisor(self, desk: Desk) -> User:
        """The log-in of the admin; in the app it takes what is for supervisors, and nothing else."""
        email = f"supervisor@{DOMAIN}"
        found = User.objects.filter(email=email).first()
        user = found or User.objects.create_superuser(email, password(), first_name="Sam")
        agent, new = Agent.objects.get_or_create(
            user=user, defaults={"name": user.first_name, "supervises": True}
        )
        if new:
            Presence.objects.create(agent=agent, capacity=CAPACITY)
            desk.agents.add(agent)
        return user


def _numbered(number: int) -> Spec:
    name, languages, skills = AGENTS[number % len(AGENTS)]
    return f"{name}-{number + 1}", languages, skills


def _world(desk: Desk, supervisor: User) -> dict[str, Any]:
    shown = password()
    agents = (
        desk.agents.select_related("user")
        .prefetch_related("languages", "skills__skill")
        .filter(user__email__endswith=f"@{DOMAIN}", supervises=False)
        .order_by("created_at", "user_id")
    )
    return {
        "desk": desk.key,
        "agents": [
            {
                "email": agent.user.email,
                "password": shown,
                "languages": sorted(language.code for language in agent.languages.all()),
                "skills": sorted(held.skill.slug for held in agent.skills.all()),
            }
            for agent in agents
        ],
        "supervisor": {"email": supervisor.email, "password": shown},
        "base_url": settings.PUBLIC_URL,
    }
