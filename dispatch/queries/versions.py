"""Versions of the weights: the one in force, at a moment, or by its number."""

import json
import logging
from datetime import datetime

from core import sql
from dispatch.matching.weights import Weights

logger = logging.getLogger(__name__)

# Version 0 is what the code comes with.
_READ = "SELECT version, terms::text FROM dispatch_weightset"


def in_force(at: datetime) -> Weights:
    """The weights that counted at a moment."""
    return _one(f"{_READ} WHERE created_at <= %s ORDER BY version DESC LIMIT 1", at)


def of_version(version: int) -> Weights:
    """Those of this number; the code's own when there is no such version."""
    return _one(f"{_READ} WHERE version = %s", version)


def latest() -> Weights:
    """Those in force now: the newest version."""
    return _one(f"{_READ} ORDER BY version DESC LIMIT 1")


def _one(statement: str, *values: datetime | int) -> Weights:
    with sql.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    if row is None:
        return Weights(version=0)
    try:
        return Weights.from_terms(row[0], json.loads(row[1]))
    except ValueError as exc:
        # Stored past the form, or by an older release with other rules: dispatch must go on.
        logger.error("weights %s are not usable (%s): the code's own count", row[0], exc)
        return Weights(version=0)
