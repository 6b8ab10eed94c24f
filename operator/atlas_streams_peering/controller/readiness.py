"""What is concluded about an object: a reason, a sentence, and how far it is from what is wanted."""

from dataclasses import dataclass
from enum import Enum

from ..api.conditions import Reason


class Standing(Enum):
    """How far an object is from what is wanted; decides which conditions are set."""

    REACHED = "reached"  # Ready is True
    ON_ITS_WAY = "on its way"  # Ready is False, Reconciling is True
    STALLED = "stalled"  # Ready is False, Stalled is True: somebody has to act
    PAUSED = "paused"  # Ready is False, neither: somebody wants it so


@dataclass(frozen=True, slots=True)
class Verdict:
    """The Ready condition of an object, before it is written as one."""

    reason: Reason
    message: str
    standing: Standing
