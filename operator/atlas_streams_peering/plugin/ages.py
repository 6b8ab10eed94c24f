"""Durations and times in the format of kubectl."""

from datetime import UTC, datetime, timedelta
from typing import Final

_UNITS: Final = (("y", 365 * 86400), ("d", 86400), ("h", 3600), ("m", 60), ("s", 1))

# Upper bound in seconds → the units to show, as HumanDuration of k8s.io/apimachinery does.
_SHOWN: Final = (
    (120, "s"),
    (600, "ms"),
    (3 * 3600, "m"),
    (8 * 3600, "hm"),
    (48 * 3600, "h"),
    (8 * 86400, "dh"),
    (2 * 365 * 86400, "d"),
    (8 * 365 * 86400, "yd"),
)


def short(duration: timedelta) -> str:
    """Return a duration as kubectl shows an age: ``45s``, ``5m30s``, ``3h``, ``6d2h``; a negative one as ``0s``."""
    left = max(0, int(duration.total_seconds()))
    shown = next((units for below, units in _SHOWN if left < below), "y")
    text = ""
    for unit, seconds in _UNITS:
        if unit in shown:
            number, left = divmod(left, seconds)
            text += f"{number}{unit}" if number else ""
    return text or f"0{shown[-1]}"


def created_at(row_id: str | None) -> datetime | None:
    """Return when Atlas made a row, from its ID; None: the ID is not an ObjectId.

    The first four bytes of an ID of MongoDB are its creation time in seconds since the epoch
    (https://www.mongodb.com/docs/manual/reference/bson-types/#objectid).
    """
    try:
        seconds = int((row_id or "")[:8], 16)
    except ValueError:
        return None
    return datetime.fromtimestamp(seconds, UTC) if len(row_id or "") == 24 else None
