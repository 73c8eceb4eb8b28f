"""Applying, and proving the address: nothing of it tells a stranger who has an account here."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError as Weak
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from agents.models import Agent, User
from agents.onboarding import letters, states
from agents.onboarding.models import Application, ApplicationLanguage, ApplicationSkill
from core import clock, sql
from core.problems import Problem
from core.states import NOW, move
from core.throttles import allow

_signer = signing.Signer(salt="flagdown.join")


def apply(
    *,
    about: Mapping[str, Any],
    languages: Mapping[str, int],
    skills: Mapping[int, int],
    user: User | None = None,
) -> None:
    """Take an application and mail its link. Who has an account already is mailed how to go on.

    `about` holds the fields of Application that the applicant fills in; `languages` levels by code,
    `skills` by the skill's id. `user` is who is logged in: her own address counts. The answer is the
    same in every case; more than a few mails to one address are not sent (also without a word).
    Raises Problem 409 for a user who has applied or is an agent.
    """
    email = (user.email if user else str(about["email"])).strip().lower()
    if user is not None:
        _free(user)
    # Without a word: who is told that this address had mail already learns something of it.
    if allow("join-mail", email) is not None:
        return
    account = user or User.objects.filter(email=email).first()
    if account is not None and user is None:
        letters.write(
            email,
            _("You have an account already"),
            _(
                "Hello,\n\nsomebody, probably you, has applied with this address. There is an account "
                "for it already: sign in, and you see how to go on.\n\n%s\n\nIf it was not you, "
                "nothing has changed, and you need not do anything."
            )
            % f"{settings.PUBLIC_URL}{reverse('join-status')}",
        )
        return
    now = clock.now()
    with transaction.atomic():
        application = Application(
            **{**about, "email": email},
            user=user,
            consent_at=now,
            link_until=now,
            supervised_needed=settings.JOIN_SUPERVISED,
        )
        application.save(force_insert=True)
        ApplicationLanguage.objects.bulk_create(
            ApplicationLanguage(application=application, code=code, level=level)
            for code, level in languages.items()
        )
        ApplicationSkill.objects.bulk_create(
            ApplicationSkill(application=application, skill_id=pk, level=level)
            for pk, level in skills.items()
        )
        _mail_link(application)


def _free(user: User) -> None:
    if Application.objects.filter(user=user).exists() or Agent.objects.filter(user=user).exists():
        raise Problem(
            409, "applied", _("You have applied already: your page says where you stand.")
        )


def _mail_link(application: Application) -> None:
    hours = settings.JOIN_LINK_HOURS
    with sql.cursor() as cursor:
        cursor.execute(
            """UPDATE onboarding_application
               SET link_until = clock_timestamp() + make_interval(hours => %s) WHERE id = %s""",
            [hours, application.pk],
        )
    link = reverse("join-confirm", args=[token_of(application.pk)])
    letters.write(
        application.email,
        _("Your application: is this your address?"),
        _(
            "Hello %(name)s,\n\nthank you for applying. Open this link to go on; it works once, "
            "for %(hours)d hours.\n\n%(link)s\n\nIt was not you? Then do nothing: without the "
            "link all of it is forgotten."
        )
        % {
            "name": application.name,
            "hours": hours,
            "link": f"{settings.PUBLIC_URL}{link}",
        },
    )


def token_of(application_id: UUID) -> str:
    """What stands in the link: the application, signed."""
    return _signer.sign(application_id.hex)


def by_token(token: str) -> Application:
    """The application of a link that works. Raises Problem 404 for a link that is none of ours, 410
    for one that was used or is too old."""
    try:
        pk = UUID(_signer.unsign(token))
    except (signing.BadSignature, ValueError):
        raise Problem(
            404, "not-found", _("This link is not whole. Copy all of it from the mail.")
        ) from None
    application = Application.objects.filter(pk=pk).first()
    if application is None:
        raise Problem(410, "gone", _("This link is too old. Apply again: it takes two minutes."))
    if application.state != states.UNVERIFIED:
        raise Problem(410, "used", _("This link has been used. Sign in to go on."))
    if application.link_until <= clock.now():
        raise Problem(410, "gone", _("This link is too old. Apply again: it takes two minutes."))
    return application


def confirm(token: str, password: str, *, by: User | None = None) -> User:
    """The address is proven: the log-in is made, with this password, and the steps begin.

    `by` is who is logged in. Only an application that a user made while logged in has a log-in already,
    and only she may confirm it. Raises Problem 403, 404 or 410, ValidationError for a weak password.
    """
    application = by_token(token)
    if by is not None and by.pk != application.user_id:
        raise Problem(
            403,
            "another-account",
            _(
                "This link belongs to another account than the one you are signed in with. Sign out first."
            ),
        )
    if application.user_id is not None and by is None:
        raise Problem(403, "log-in-first", _("Sign in first, then open the link again."))
    with transaction.atomic():
        user = application.user or _log_in_for(application, password)
        moved = move(
            Application,
            states.APPLICATION,
            [application.pk],
            states.PREPARING,
            by=f"user:{user.pk}",
            reason="address proven",
            values={"user_id": user.pk, "state_at": NOW},
            sources=[states.UNVERIFIED],
            only_if="r.link_until > clock_timestamp()",
        )
        if not moved:
            raise Problem(410, "used", _("This link has been used. Sign in to go on."))
        # What else was asked for with this address is void now.
        Application.objects.filter(email=application.email, state=states.UNVERIFIED).delete()
    return user


def _log_in_for(application: Application, password: str) -> User:
    if User.objects.filter(email=application.email).exists():
        raise Problem(410, "used", _("There is an account for this address now. Sign in to go on."))
    try:
        validate_password(password, User(email=application.email, first_name=application.name))
    except Weak as weak:
        raise ValidationError({"password": weak.messages}) from None
    try:
        with transaction.atomic():
            return User.objects.create_user(
                application.email, password, first_name=application.name
            )
    except IntegrityError:
        # Two links of one address, opened at the same moment.
        raise Problem(
            410, "used", _("There is an account for this address now. Sign in to go on.")
        ) from None


def hand_in(application_id: UUID, missing: Sequence[str]) -> None:
    """Give it to the reviewers. Raises ValidationError naming what is `missing`, Stale when it is not
    being prepared."""
    from core.states import Stale

    if missing:
        raise ValidationError({"steps": list(missing)})
    moved = move(
        Application,
        states.APPLICATION,
        [application_id],
        states.WAITING,
        by="applicant",
        reason="handed in",
        values={"state_at": NOW, "note": ""},
        sources=[states.PREPARING],
    )
    if not moved:
        now = Application.objects.values_list("state", flat=True).get(pk=application_id)
        raise Stale(now)
