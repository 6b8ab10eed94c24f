"""Compares an object with the condition that ``wait`` waits for. No I/O."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from ..api.conditions import ConditionType
from ..api.crd import CustomResource
from ..kinds.resources import KINDS
from ..kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING

DELETED: Final = "Deleted"
"""In place of a condition type: wait until the object is gone."""


class Outcome(Enum):
    """Whether an object meets the condition."""

    REACHED = "reached"
    WAITING = "waiting"
    STALLED = "stalled"  # somebody has to act first
    GONE = "gone"  # there is no such object


@dataclass(frozen=True, slots=True)
class WaitStatus:
    """The state of an object that the command waits for."""

    outcome: Outcome
    reason: str
    message: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """An object that the command waits for."""

    kind: CustomResource
    name: str

    def __str__(self) -> str:
        return f"{self.kind.singular}/{self.name}"


def target_of(word: str) -> Target | None:
    """Return the object that a word names: ``svp/kafka``, or ``kafka`` for a StreamsVpcPeering; else None."""
    kind, slash, name = word.rpartition("/")
    if not slash:
        return Target(STREAMS_VPC_PEERING, word) if word else None
    wanted = kind.lower()
    found = next((one for one in KINDS if wanted in _names(one)), None)
    return Target(found, name) if found and name else None


def wait_status(body: Mapping[str, Any] | None, wanted: str) -> WaitStatus:
    """Return the state of an object; None: it does not exist. `wanted`: the type of a condition, or `DELETED`.

    Conditions of an older generation do not count.
    """
    if body is None:
        return WaitStatus(Outcome.REACHED if wanted == DELETED else Outcome.GONE, "NotFound")
    metadata, status = body["metadata"], body.get("status") or {}
    generation = metadata.get("generation")
    conditions = {
        str(one["type"]): one
        for one in status.get("conditions") or ()
        if one.get("observedGeneration", generation) == generation
    }
    ready: Mapping[str, Any] = conditions.get(ConditionType.READY, {})
    reason, message = str(ready.get("reason") or "Unobserved"), str(ready.get("message") or "")
    if wanted == DELETED and not metadata.get("deletionTimestamp"):
        return WaitStatus(Outcome.WAITING, reason, "Nobody has deleted the object yet.")
    if wanted != DELETED and conditions.get(wanted, {}).get("status") == "True":
        met = conditions[wanted]
        return WaitStatus(Outcome.REACHED, str(met.get("reason") or ""), str(met.get("message") or ""))
    if not ready:
        return WaitStatus(Outcome.WAITING, reason, "The operator has not observed the present spec yet.")
    stalled = conditions.get(ConditionType.STALLED, {}).get("status") == "True"
    return WaitStatus(Outcome.STALLED if stalled else Outcome.WAITING, reason, message)


_DURATION: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def seconds(text: str) -> float | None:
    """Return a duration in seconds: ``90s``, ``5m``, ``1h30m``, or a number of seconds; None: not a duration."""
    if text.isdecimal():
        return float(text)
    match = _DURATION.fullmatch(text)
    if match is None or not text:
        return None
    hours, minutes, rest = (int(part or 0) for part in match.groups())
    return float(hours * 3600 + minutes * 60 + rest)


def _names(kind: CustomResource) -> set[str]:
    return {kind.kind.lower(), kind.plural, kind.singular, kind.crd_name, *kind.short_names}
