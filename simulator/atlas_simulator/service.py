"""A simulated service: which requests are its own, and the form of its answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from atlas_simulator.messages import Refused, Request


class Subject(TypedDict, total=False):
    """What a request is about, for the log and for faults."""

    project: str | None
    connection: str | None
    requester_account_id: str | None
    cloud_provider: str | None
    region: str | None
    environment: str | None
    network: str | None
    peering: str | None


@dataclass(frozen=True, slots=True)
class Service:
    """The properties of a service that do not depend on the operation."""

    name: str
    """``atlas`` or ``confluent``."""
    prefix: str
    """The start of every path of the service."""
    not_found: Callable[[Request], Refused]
    """Returns the refusal of a path that the service does not have."""
    method_not_allowed: Callable[[Request, Sequence[str]], Refused]
    """Returns the refusal of a method that a path does not have, from those that it has."""
    error_document: Callable[[int], object]
    """Returns the JSON document of an error that a fault answers with, by HTTP status."""
    subject: Callable[[Request, Mapping[str, str]], Subject]
    """Returns what a request is about, from the request and the parameters in its path."""
