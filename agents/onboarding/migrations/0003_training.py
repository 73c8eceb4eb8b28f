"""A first training, to be edited in the admin."""

from django.db import migrations

PAGES = [
    {
        "slug": "offers",
        "title": "How an offer works",
        "text": """When a conversation fits you, your phone rings. The screen shows the topic, the language, how long it will probably take, what it pays at least, and how long the customer has waited.

You have some seconds to say yes or no. The time begins when your phone has drawn the offer, not before. A no has no consequences: somebody else is asked.

You need not take what does not fit. If you accept, the conversation is yours until it is solved, you pass it on, or the customer leaves.

If you must leave, press “Finish”: you get nothing new, and end in peace what is open.""",
        "checks": [
            (
                "An offer rings, and you are just getting off the bus. What do you do?",
                "A no has no consequences; an offer that runs out makes the customer wait longer.",
                [
                    ("Decline it, and somebody else is asked", True),
                    ("Accept it and answer later", False),
                    ("Switch the phone off", False),
                ],
            ),
            (
                "When do the seconds of an offer begin?",
                "Look at the second paragraph.",
                [
                    ("When the customer writes", False),
                    ("When your phone has drawn the offer", True),
                    ("When you touch the screen", False),
                ],
            ),
        ],
    },
    {
        "slug": "kindness",
        "title": "Writing kindly",
        "text": """Read everything before you answer. The customer has often written it once already, and nothing is worse than being asked again.

Begin with what you understood: “Your parcel was due on Monday, and the tracking has not moved since.” Then say what you do now, and how long it takes.

Short sentences. No jargon, no blame, no excuses. If something went wrong on our side, say so and say sorry, once.

Somebody who is angry is mostly angry at the situation. Stay calm, name the problem, solve it. You need not bear insults: say once that you would like to help and can't like this, and then you may end the conversation.""",
        "checks": [
            (
                "“This is the third time I write!!” What is a good first sentence?",
                "Begin with what you understood, without blame.",
                [
                    ("Please calm down.", False),
                    (
                        "Three times is too often, sorry. I have read all of it: your refund is missing.",
                        True,
                    ),
                    ("What is your problem?", False),
                ],
            ),
        ],
    },
    {
        "slug": "privacy",
        "title": "Privacy and card numbers",
        "text": """What customers write is private. It stays in the app: no screenshots, no notes on paper, no talking about it by name.

Never ask for a whole card number, a password or a code from a message. We do not need them, ever. If a customer sends one, say that it is not needed and that nobody will ask for it, and write nothing of it down.

Look only at what you need for this conversation. Looks are recorded.

Work where nobody reads along. In the bus, turn the screen to you.""",
        "checks": [
            (
                "A customer sends you the number of her card without being asked. What do you do?",
                "Look at the second paragraph.",
                [
                    ("Write it down, it may help later", False),
                    ("Tell her that it is not needed, and do not copy it anywhere", True),
                    ("Ask for the number on the back as well", False),
                ],
            ),
            (
                "May you ask for a password if it would solve the problem faster?",
                "Never is never.",
                [("Yes, if she agrees", False), ("No, never", True)],
            ),
        ],
    },
    {
        "slug": "handing-over",
        "title": "When to hand over",
        "text": """You need not know everything. If a colleague knows better, pass the conversation on, and write down what you have found and what you have promised, so that the customer does not have to begin again.

Hand over to a supervisor when somebody threatens to hurt herself or others, when a lawyer or the press is mentioned, when a lot of money is at stake, or when you feel out of your depth.

Tell the customer before you do it: who comes, why, and that she does not lose her place.

It costs you nothing. The time you spent is paid.""",
        "checks": [
            (
                "A customer writes that she does not want to live any more. What do you do?",
                "Look at the second paragraph: this is not yours alone.",
                [
                    ("Stay kind and pass her to a supervisor at once", True),
                    ("Close the conversation", False),
                    ("Go on with the refund", False),
                ],
            ),
        ],
    },
]


def fill(apps, schema_editor):
    """The pages, where there are none."""
    TrainingPage = apps.get_model("onboarding", "TrainingPage")
    Check = apps.get_model("onboarding", "Check")
    CheckOption = apps.get_model("onboarding", "CheckOption")
    if TrainingPage.objects.exists():
        return
    for place, spec in enumerate(PAGES, 1):
        page = TrainingPage.objects.create(
            slug=spec["slug"], title=spec["title"], text=spec["text"], place=place
        )
        for number, (text, hint, options) in enumerate(spec["checks"], 1):
            check = Check.objects.create(page=page, text=text, hint=hint, place=number)
            CheckOption.objects.bulk_create(
                CheckOption(check_of=check, text=words, is_right=right, place=n)
                for n, (words, right) in enumerate(options, 1)
            )


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0002_append_only")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
