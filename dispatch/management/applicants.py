"""The demo's bank of questions and an applicant who waits for a reviewer."""

import io
import secrets
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from agents.models import Skill, User
from agents.onboarding import queries, states
from agents.onboarding.actions import applying, documents, testing, training
from agents.onboarding.models import (
    Application,
    ApplicationLanguage,
    ApplicationSkill,
    Blueprint,
    Option,
    Question,
    TrainingPage,
)
from agents.onboarding.models.bank import CLOZE, FREE, ORDERING, SEVERAL, SINGLE
from core import clock

# (kind, level, question, right answers, wrong answers); of an order the right answers in it; of a free
# answer what a good one has.
Item = tuple[str, int, str, list[str], list[str]]
ENGLISH: list[Item] = [
    (SINGLE, 1, "Which sentence is correct?", ["She doesn't like waiting."], ["She don't like waiting.", "She not likes waiting.", "She isn't like waiting."]),
    (SINGLE, 2, "A customer writes: “I have yet to receive my refund.” What does she mean?", ["The refund has not come."], ["The refund came yesterday.", "She does not want a refund.", "She has to pay something."]),
    (SINGLE, 2, "Which reply is the most polite?", ["Could you tell me your order number, please?"], ["Tell me your order number.", "You must give the order number.", "Order number?"]),
    (SINGLE, 3, "“We'll look into it.” What is promised?", ["That we find out what happened."], ["That the money is paid back.", "That nothing happens.", "That somebody calls at once."]),
    (SINGLE, 3, "Which word fits: “The parcel was sent to the wrong address ___ mistake.”", ["by"], ["with", "from", "on"]),
    (SINGLE, 4, "“I was under the impression that returns were free.” The customer …", ["believed that returns cost nothing."], ["was forced to pay.", "had read that returns cost money.", "was impressed by the service."]),
    (SINGLE, 4, "Which one says sorry without blaming the customer?", ["I'm sorry, that was our mistake."], ["I'm sorry you misunderstood.", "Sorry, but you should have read the page.", "I'm sorry if you feel that way."]),
    (SEVERAL, 2, "Which of these greet somebody?", ["Good morning", "Hello there"], ["Good grief", "See you later"]),
    (SEVERAL, 3, "Which of these mean that something takes longer than planned?", ["It is delayed.", "It is behind schedule."], ["It is due today.", "It is ahead of time."]),
    (SEVERAL, 4, "Which of these calm an angry customer down?", ["Repeating what went wrong in your own words", "Saying what you do next, and when"], ["Asking her to calm down", "Explaining that others wait longer"]),
    (ORDERING, 2, "Put the answer in a good order.", ["Hello Kim, thank you for writing.", "I see that your parcel is late.", "I have asked the carrier where it is.", "I write to you again before noon."], []),
    (ORDERING, 3, "Put in order, from the least sure to the surest.", ["It might arrive today.", "It should arrive today.", "It will arrive today."], []),
    (CLOZE, 1, "She ___ in Dublin since 2019. (to live)", ["has lived", "has been living", "'s lived"], []),
    (CLOZE, 3, "I look forward to ___ from you. (to hear)", ["hearing"], []),
    (CLOZE, 3, "If I ___ known earlier, I would have called you.", ["had", "'d"], []),
    (FREE, 3, "A customer writes: “Third time I'm asking!! Where is my parcel?? It was for my son's birthday.” Answer her in two to four sentences.", ["Says sorry once, names the parcel and the birthday, says what happens next and when; no blame, no excuses."], []),
    (FREE, 3, "A customer writes: “Your app charged me twice, are you thieves?” Answer in two to four sentences.", ["Stays calm, says what will be looked at, asks for no card number, says when she hears again."], []),
]  # fmt: skip
PAYMENTS: list[Item] = [
    (SINGLE, 1, "A customer sends the whole number of her card. What do you do?", ["Say that it is not needed, and copy it nowhere"], ["Keep it for later", "Ask for the code on the back", "Pass it to a colleague"]),
    (SINGLE, 2, "A payment is “pending”. What does that mean?", ["It is reserved, and not booked yet"], ["It has failed", "It was paid back", "It was booked twice"]),
    (SINGLE, 2, "A refund by card usually takes …", ["some working days"], ["a few seconds", "half a year", "exactly 24 hours"]),
    (SINGLE, 3, "What is a chargeback?", ["The customer's bank takes a payment back"], ["A fee for late payment", "A discount", "A second bill"]),
    (SINGLE, 3, "Two identical payments, one of them pending. What is likely?", ["The pending one disappears by itself"], ["Both are paid back at once", "The card was stolen", "The shop is closed"]),
    (SEVERAL, 2, "What may you ask for to find a payment?", ["The order number", "The date and the amount"], ["The password", "The whole card number"]),
    (SEVERAL, 3, "Which of these point to fraud?", ["A payment from a country she has never been to", "An address that was changed just before"], ["A payment on a Sunday", "An amount with cents"]),
    (ORDERING, 2, "Put in order what happens to a payment by card.", ["The customer confirms it", "The bank reserves the amount", "The shop sends the goods", "The amount is booked"], []),
    (CLOZE, 2, "Money that goes back to the customer is a ___.", ["refund"], []),
    (CLOZE, 3, "An IBAN is the number of a bank ___.", ["account"], []),
]  # fmt: skip
OTHERS: dict[str, list[Item]] = {
    "es": [
        (SINGLE, 2, "¿Qué frase es correcta?", ["Me gustan los gatos."], ["Me gusta los gatos.", "Yo gusto los gatos."]),
        (SINGLE, 3, "«Quisiera devolver el pedido.» ¿Qué quiere la clienta?", ["Enviarlo de vuelta"], ["Comprarlo otra vez", "Pagarlo más tarde"]),
        (CLOZE, 3, "Espero que usted ___ un buen día. (tener)", ["tenga"], []),
        (ORDERING, 2, "Ordene la respuesta.", ["Hola, gracias por escribir.", "Veo que el paquete llega tarde.", "Le escribo de nuevo hoy."], []),
    ],
    "fr": [
        (SINGLE, 2, "Quelle phrase est correcte ?", ["Je n'ai pas reçu le colis."], ["Je n'ai reçu pas le colis.", "Je pas ai reçu le colis."]),
        (SINGLE, 3, "« Je vous tiens au courant. » Cela veut dire :", ["Je vous donne des nouvelles."], ["Je vous rembourse.", "Je vous attends."]),
        (CLOZE, 3, "Il faut que vous ___ patient. (être)", ["soyez"], []),
        (ORDERING, 2, "Mettez la réponse dans l'ordre.", ["Bonjour, merci de votre message.", "Je vois que le colis a du retard.", "Je vous écris encore aujourd'hui."], []),
    ],
    "de": [
        (SINGLE, 2, "Welcher Satz ist richtig?", ["Ich warte auf das Paket."], ["Ich warte für das Paket.", "Ich warte das Paket."]),
        (SINGLE, 3, "„Das Paket ist unterwegs.“ Das heißt:", ["Es wurde abgeschickt."], ["Es ging verloren.", "Es ist angekommen."]),
        (CLOZE, 3, "Wenn ich das gewusst ___, hätte ich angerufen.", ["hätte"], []),
        (ORDERING, 2, "Bringen Sie die Antwort in eine gute Reihenfolge.", ["Hallo, danke für Ihre Nachricht.", "Ich sehe, dass das Paket verspätet ist.", "Ich melde mich heute noch einmal."], []),
    ],
}  # fmt: skip
MARKS: dict[str, Any] = {
    "mark_1": 35, "mark_2": 50, "mark_3": 65, "mark_4": 80, "mark_5": 95, "pass_level": 2,
}  # fmt: skip
APPLICANT = "Nora"


def fill_bank() -> None:
    """Questions and tests, for the subjects that have none."""
    payments = Skill.objects.get(slug="payments")
    _subject(ENGLISH, language="en", minutes=15, single=5, several=2, ordering=1, cloze=2, free=1)
    _subject(PAYMENTS, skill=payments, minutes=10, single=4, several=2, ordering=1, cloze=1)
    for code, items in OTHERS.items():
        _subject(items, language=code, minutes=6, single=2, several=0, ordering=1, cloze=1)


def _subject(
    items: list[Item], *, language: str = "", skill: Skill | None = None, **plan: Any
) -> None:
    if Blueprint.objects.filter(language=language, skill=skill).exists():
        return
    for kind, level, text, right, wrong in items:
        question = Question.objects.create(
            language=language, skill=skill, kind=kind, level=level, text=text,
            points=5 if kind == FREE else 2 if kind == ORDERING else 1,
            guide=right[0] if kind == FREE else "",
        )  # fmt: skip
        if kind == FREE:
            continue
        Option.objects.bulk_create(
            Option(question=question, text=words, is_right=is_right, place=n)
            for n, (words, is_right) in enumerate(
                [*((words, True) for words in right), *((words, False) for words in wrong)], 1
            )
        )
    Blueprint.objects.create(language=language, skill=skill, **MARKS, **plan)


def make_applicant(email: str, password: str) -> None:
    """Somebody who has done all of it and waits for a reviewer."""
    if User.objects.filter(email=email).exists():
        return
    now = clock.now()
    application = Application.objects.create(
        email=email, name=APPLICANT, country="RO", time_zone="Europe/Bucharest", hours="some",
        times=["afternoons", "evenings"], consent_at=now, link_until=now.replace(year=now.year + 1),
    )  # fmt: skip
    ApplicationLanguage.objects.create(application=application, code="en", level=4)
    payments = Skill.objects.get(slug="payments")
    ApplicationSkill.objects.create(application=application, skill=payments, level=3)
    user = applying.confirm(applying.token_of(application.pk), secrets.token_urlsafe(16))
    # The demo's password is one that the form would refuse.
    user.set_password(password)
    user.save(update_fields=["password"])
    documents.upload(
        application.pk,
        kind="card",
        upload=SimpleUploadedFile("card.jpg", _specimen(), "image/jpeg"),
    )
    for test in queries.tests(application):
        if test.blueprint is not None:
            _take(application, test.blueprint)
    for page in TrainingPage.objects.filter(is_active=True):
        chosen = {check.pk: check.options.get(is_right=True).pk for check in page.checks.all()}
        training.finish(application.pk, page, chosen)
    standing = queries.standing(application)
    if application.state != states.WAITING and not standing.missing:
        applying.hand_in(application.pk, [])


def _take(application: Application, blueprint: Blueprint) -> None:
    attempt = testing.start(application.pk, blueprint.pk)
    for item in attempt.items.all():
        answer: Any = item.key
        if item.kind in (SINGLE, CLOZE):
            answer = item.key[0]
        elif item.kind == FREE:
            answer = (
                "I am sorry that this took three messages. I have asked the carrier where the parcel "
                "is, and I write to you again within the hour, so that it is there for the birthday."
            )
        testing.answer(attempt, item.place, answer)
    testing.submit(attempt)


def _specimen() -> bytes:
    """A card that is none."""
    card = Image.new("RGB", (1200, 760), "#e8efe9")
    draw = ImageDraw.Draw(card)
    draw.rounded_rectangle((40, 40, 1160, 720), 40, outline="#1f6f5c", width=8)
    draw.rectangle((90, 200, 400, 600), fill="#b9c9c1")
    draw.text((460, 220), f"SPECIMEN\n\n{APPLICANT.upper()} DEMO", fill="#12473b", font_size=64)
    out = io.BytesIO()
    card.save(out, "JPEG")
    return out.getvalue()
