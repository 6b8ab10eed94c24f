"""What the process backstage tells the one in front: a JSON document a line."""

import json
from dataclasses import asdict, dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Step:
    """Something is ready."""

    title: str
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything is ready."""

    kubeconfig: str
    atlas: str
    metrics: str


@dataclass(frozen=True, slots=True)
class Failed:
    """It cannot go on."""

    reason: str


Message: TypeAlias = Step | Ready | Failed

_TYPES: dict[str, type[Step] | type[Ready] | type[Failed]] = {kind.__name__: kind for kind in (Step, Ready, Failed)}


def encode(message: Message) -> str:
    """Write a message as one line."""
    return json.dumps([type(message).__name__, asdict(message)]) + "\n"


def decode(line: str) -> Message:
    """Read a line."""
    name, fields = json.loads(line)
    return _TYPES[name](**fields)
