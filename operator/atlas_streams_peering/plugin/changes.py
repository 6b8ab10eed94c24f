"""Decides whether ``accept``, ``reject`` and ``delete`` may change a connection, and makes their messages. No I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from ..api.conditions import Reason
from ..atlas.connection_states import CloudState
from ..kinds.streams_vpc_peering.resource import ActionType
from ..kinds.streams_vpc_peering.states import is_so_already
from .exit_codes import ExitCode
from .failures import Failure
from .peerings import Management, Peering


class Words(NamedTuple):
    """The words for a change in messages."""

    infinitive: str
    done: str
    wanted: str
    """The `desiredState` with which the operator makes the change."""


WORDS: Final[Mapping[ActionType, Words]] = {
    ActionType.ACCEPT: Words("accept", "accepted", "Accepted"),
    ActionType.REJECT: Words("reject", "rejected", "Rejected"),
    ActionType.DELETE: Words("delete", "deleted", "Deleted"),
}


@dataclass(frozen=True, slots=True)
class Needless:
    """No change is needed: the connection is in the wanted state, or will be soon."""

    peering: Peering
    message: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A change that the plugin makes after the person has agreed."""

    peering: Peering
    action: ActionType


Plan: TypeAlias = Needless | Planned


def plan(peering: Peering, action: ActionType, *, even_if_managed: bool) -> Plan:
    """Decide whether a change may be made.

    Raises
    ------
    Failure
        An object manages the connection, or its state does not allow the change: `ExitCode.REFUSED`.
    """
    if is_so_already(action, peering.connection):
        words = WORDS[action]
        return Needless(peering, f"{peering.name} is {_status(peering)}: there is nothing to {words.infinitive}.")
    if not even_if_managed:
        _check_owner(peering, action)
    refusal = _refusal_of_state(peering, action)
    if refusal is not None:
        raise Failure(refusal, ExitCode.REFUSED)
    return Planned(peering, action)


def check_unchanged(agreed: Iterable[Planned], now: Iterable[Plan]) -> None:
    """Check that the connections are still as the person saw them when they agreed.

    Raises
    ------
    Failure
        A connection or its owner has changed: `ExitCode.REFUSED`.
    """
    for one, present in zip(agreed, now, strict=True):
        if described(present.peering) != described(one.peering):
            raise Failure(
                f"{one.peering.name} has changed since you were asked, so the command did nothing. It is now:\n"
                f"{described(present.peering)}\nRun the command again.",
                ExitCode.REFUSED,
            )


def described(peering: Peering) -> str:
    """Return both sides of a connection, as lines for the person who decides."""
    row = peering.connection
    requester = _side(row.requester_account_id, row.requester_vpc_id, row.requester_cidr)
    accepter = _side(row.accepter_account_id, row.accepter_vpc_id, row.accepter_cidr)
    lines = [
        f"{row.name} in project {peering.project} is {_status(peering)}.",
        f"  requester   {requester}",
        f"  Atlas       {accepter}",
        f"  managed by  {_managers(peering)}",
    ]
    return "\n".join(lines)


def question(action: ActionType, number: int) -> str:
    """Return the question for the person."""
    what = "this connection" if number == 1 else f"these {number} connections"
    consequence = " Its traffic stops." if action is ActionType.DELETE and number == 1 else ""
    if action is ActionType.DELETE and number > 1:
        consequence = " Their traffic stops."
    return f"{WORDS[action].infinitive.capitalize()} {what}?{consequence}"


def _check_owner(peering: Peering, action: ActionType) -> None:
    if peering.ownership.all:
        first = peering.ownership.all[0]
        verb = "manages" if peering.ownership.owner is not None else "matches"
        raise Failure(
            f"StreamsVpcPeering {first} {verb} {peering.name}: change the object, because the operator acts on what it "
            f"says. Set {_advice(peering, action)}: kubectl edit streamsvpcpeering {first.name} "
            f"--namespace {first.namespace}. To change Atlas behind its back, use --even-if-managed.",
            ExitCode.REFUSED,
        )
    if peering.management is Management.UNKNOWN:
        raise Failure(
            f"An object that you may not read may manage {peering.name}: use --even-if-managed if you "
            "know that none does.",
            ExitCode.REFUSED,
        )


def _advice(peering: Peering, action: ActionType) -> str:
    """Return the fields to set in the object so that the operator makes the change."""
    owner, wanted = peering.ownership.owner, f"spec.desiredState: {WORDS[action].wanted}"
    if owner is None:
        return f"spec.connectionName: {peering.name} and {wanted}"
    return f"spec.suspend: false and {wanted}" if owner.reason == Reason.SUSPENDED else wanted


ALLOWED: Final = {
    ActionType.ACCEPT: {CloudState.PENDING},
    ActionType.REJECT: {CloudState.PENDING},
    ActionType.DELETE: {CloudState.ACTIVE, CloudState.PROVISIONING, CloudState.UNKNOWN},
}
"""The states in which each change is possible. In an unknown state, Atlas decides."""


def _refusal_of_state(peering: Peering, action: ActionType) -> str | None:
    row = peering.connection
    if peering.state in ALLOWED[action]:
        # Atlas needs the account and VPC of the request that is accepted.
        whose = row.requester_account_id and row.requester_vpc_id
        return None if whose or action is not ActionType.ACCEPT else f"Atlas does not say who requested {row.name}."
    what = f"{peering.name} is {_status(peering)}"
    match action:
        case ActionType.DELETE:
            return f"{what}: at AWS the accepter cannot delete a request; reject it."
        case ActionType.REJECT if peering.state in (CloudState.ACTIVE, CloudState.PROVISIONING):
            return f"{what}: only a request can be rejected; delete it."
        case _:
            return f"{what}: only a request that is pending-acceptance can be {WORDS[action].done}."


def _side(account: str | None, vpc: str | None, cidr: str | None) -> str:
    return f"account {account or 'not given'}, VPC {vpc or 'not given'}, CIDR {cidr or 'not given'}"


def _status(peering: Peering) -> str:
    return peering.connection.cloud_status or "in an unknown state"


def _managers(peering: Peering) -> str:
    if peering.ownership.owner is not None:
        return f"StreamsVpcPeering {peering.ownership.owner}"
    if peering.ownership.others:
        return f"nobody; it matches {', '.join(map(str, peering.ownership.others))}"
    return "nobody" if peering.certain else "unknown: you may not read all objects"
