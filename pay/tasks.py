"""Celery's part: ticks without facts. Run twice, nothing differs."""

from celery import shared_task

from pay.actions import closing, payouts, sending


@shared_task(name="pay.payouts")
def tick() -> None:
    """Every ten minutes: the weekly payouts on their day, and what waits for Stripe."""
    payouts.weekly()
    sending.by_stripe()


@shared_task(name="pay.close_days")
def close_days() -> None:
    """Every ten minutes: days that are over somewhere, topped up to the floor."""
    closing.close_days()
