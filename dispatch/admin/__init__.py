"""Supervisors' view of dispatch: tickets with their offers and ladders, alerts, queues, weights."""

from dispatch.admin.alerts import AlertAdmin, menu
from dispatch.admin.erasures import ErasureAdmin
from dispatch.admin.offers import OfferAdmin
from dispatch.admin.queues import QueueWithPeopleAdmin
from dispatch.admin.shifts import ShiftAdmin
from dispatch.admin.tickets import TicketWithOffersAdmin
from dispatch.admin.tuning import WaveAdmin, WeightSetAdmin

__all__ = [
    "AlertAdmin",
    "ErasureAdmin",
    "OfferAdmin",
    "QueueWithPeopleAdmin",
    "ShiftAdmin",
    "TicketWithOffersAdmin",
    "WaveAdmin",
    "WeightSetAdmin",
    "menu",
]
