"""What the process backstage tells the one in front: a JSON document a line."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Step:
    """Something is ready."""

    title: str
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Typed:
    """A command that a user could type was run."""

    words: list[str]
    output: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything is ready."""

    kubeconfig: str
    services: str
    """Base URL of the stand-in for Atlas and Confluent Cloud."""
    metrics: str


@dataclass(frozen=True, slots=True)
class Failed:
    """It cannot go on."""

    reason: str


Message: TypeAlias = Step | Typed | Ready | Failed

_TYPES: dict[str, Callable[..., Message]] = {kind.__name__: kind for kind in (Step, Typed, Ready, Failed)}


def encode(message: Message) -> str:
    """Write a message as one line."""
    return json.dumps([type(message).__name__, asdict(message)]) + "\n"


def decode(line: str) -> Message:
    """Read a line."""
    name, fields = json.loads(line)
    return _TYPES[name](**fields)
