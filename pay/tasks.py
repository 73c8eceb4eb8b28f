"""Celery's part: ticks without facts. Run twice, nothing differs."""

from celery import shared_task

from pay.actions import payouts, sending


@shared_task(name="pay.payouts")
def tick() -> None:
    """Every ten minutes: the weekly payouts on their day, and what waits for Stripe."""
    payouts.weekly()
    sending.by_stripe()
