"""Every message about a StreamsVpcPeeringPolicy: one sentence that says what to do, and contains no time."""

from collections.abc import Collection

from ...controller.messages import named
from .resource import NotTaken, PolicyAction

RETAINED = "The StreamsVpcPeerings that the policy has created stay: deletionPolicy is Retain."
TAKEN = "Taken"
"""Reason of the Event for a request that the policy has taken."""

_VERBS = {PolicyAction.ACCEPT: "accepts", PolicyAction.REJECT: "rejects"}


def watching(accounts: Collection[str], matching: int, taken: int) -> str:
    """Every matching request is taken, or belongs to another object."""
    return f"The policy watches for requests from {_accounts(accounts)}: {_matching(matching)}, {_taken(taken)}."


def reporting(accounts: Collection[str], matching: int) -> str:
    """The policy only reports."""
    return (
        f"The policy reports requests from {_accounts(accounts)} and takes none, because its action is Report: "
        f"{_matching(matching)}."
    )


def suspended(waiting: int) -> str:
    """The policy is suspended."""
    waits = "no request waits" if not waiting else "1 request waits" if waiting == 1 else f"{waiting} requests wait"
    return f"The policy is suspended and takes no request: {waits}; set suspend: false to go on."


def limit_reached(waiting: int, live: int, limit: int) -> str:
    """Requests wait, because maxConnections connections are live."""
    waits = "1 request waits" if waiting == 1 else f"{waiting} requests wait"
    return (
        f"{waits}, because {live} of at most {limit} connections of this policy are live; delete a StreamsVpcPeering "
        "that you no longer need, or raise spec.maxConnections."
    )


def names_taken(names: Collection[str]) -> str:
    """Objects that the policy did not create have the names of requests."""
    listed = named(sorted(names))
    if len(names) == 1:
        return f"{listed} waits: {_other_object(listed)}"
    return (
        f"{listed} wait: StreamsVpcPeerings with these names exist that this policy has not created; delete them, or "
        "let them manage these connections."
    )


def _other_object(name: str) -> str:
    return (
        f"a StreamsVpcPeering {name} exists that this policy has not created; delete it, or let it manage this "
        "connection."
    )


def request(name: str, reason: NotTaken, *, detail: str = "") -> str:
    """Report why the policy has not taken a request."""
    match reason:
        case NotTaken.REPORTED:
            return f"{name} matches, and is not taken because the policy's action is Report."
        case NotTaken.SUSPENDED:
            return f"{name} matches, and is not taken because the policy is suspended."
        case NotTaken.LIMIT_REACHED:
            return (
                f"{name} waits: as many connections of this policy are live as spec.maxConnections allows ({detail})."
            )
        case NotTaken.NAME_TAKEN:
            return f"{name} waits: {_other_object(name)}"
        case NotTaken.WRITE_REFUSED:
            return detail
        case NotTaken.ALREADY_MANAGED:
            return f"{name} is left to StreamsVpcPeering {detail}."
        case NotTaken.EXCEPTED:
            return f"{name} is left alone: {detail} means it."
        case NotTaken.NOT_ALLOWED:
            return f"{name} is left alone: no entry of spec.requesters allows {detail}."


def taken(name: str, action: PolicyAction, account: str | None, vpc: str | None, cidr: str | None) -> str:
    """The policy has created a StreamsVpcPeering."""
    source = f"account {account or 'not given'}, VPC {vpc or 'not given'}, CIDR {cidr or 'not given'}"
    return f"Created StreamsVpcPeering {name}, which {_VERBS[action]} the request ({source})."


def deleted(number: int) -> str:
    """The finalizer of the policy is removed, and its objects are being deleted."""
    if not number:
        return "No StreamsVpcPeering of this policy was left."
    what = "1 StreamsVpcPeering" if number == 1 else f"{number} StreamsVpcPeerings"
    return f"Deleted {what} of this policy: in Atlas, each does what its own deletionPolicy says."


def deleting(number: int) -> str:
    """StreamsVpcPeerings of the policy changed during their deletion."""
    left = "1 StreamsVpcPeering" if number == 1 else f"{number} StreamsVpcPeerings"
    return f"The policy is being deleted, and has {left} left to delete."


def deletion_suspended(number: int) -> str:
    """The policy should be deleted with its objects, but is suspended."""
    what = "1 StreamsVpcPeering" if number == 1 else f"{number} StreamsVpcPeerings"
    return (
        f"Deletion waits while suspend is true: the policy has created {what}; set suspend: false to delete what it "
        "has created, or deletionPolicy: Retain to keep it."
    )


def _accounts(accounts: Collection[str]) -> str:
    return f"account{'' if len(accounts) == 1 else 's'} {named(accounts)}"


def _matching(number: int) -> str:
    return f"{number} connections match" if number > 1 else f"{'1' if number else 'no'} connection matches"


def _taken(number: int) -> str:
    return f"{number} are taken" if number > 1 else f"{'1' if number else 'none'} is taken"
