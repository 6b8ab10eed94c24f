"""Every sentence that users read about a StreamsVpcPeering. Each says what to do or wait for; none contains a time."""

from collections.abc import Iterable

from ...api.conditions import Reason
from ...atlas.connection_states import CloudState, state_of
from ...atlas.models import Connection
from ...controller.decision import Readiness
from ...controller.messages import named
from .matching import Difference, Identity
from .resource import ActionType, DesiredState
from .states import troubled
from .transitions import Step

_WAY_OUT = "to let the object go without Atlas, set deletionPolicy: Retain"
_LONGEST_QUOTE = 300
_VERBS = {ActionType.ACCEPT: "accept", ActionType.REJECT: "reject", ActionType.DELETE: "delete"}


def waiting(identity: Identity, excluded: Iterable[Connection]) -> str:
    """There is no matching request yet; `excluded` are from the right VPC, but a guard of the spec excludes them."""
    source = f"account {identity.account_id}" + (f", VPC {identity.vpc_id}" if identity.vpc_id else "")
    if identity.pinned is not None:
        return f"Waiting for {identity.pinned} from {source} to show up in Atlas."
    if identity.towards is not None:
        source += f", towards {identity.towards}"
    kept_out = named(_described(identity, connection) for connection in excluded)
    if kept_out:
        cidr = f" with CIDR {identity.cidr}" if identity.cidr else ""
        return f"Waiting for a request from {source}{cidr}; not taken: {kept_out}."
    return f"Waiting for a request from {source} to show up in Atlas."


def _described(identity: Identity, excluded: Connection) -> str:
    """Return why a guard excludes a connection."""
    said = []
    if identity.cidr is not None:
        said.append(f"has {excluded.requester_cidr or 'no CIDR'}")
    if identity.towards is not None:
        said.append(f"leads to {excluded.accepter_vpc_id or 'no VPC given'}")
    return f"{excluded.name} {' and '.join(said)}"


def ambiguous(connections: Iterable[Connection]) -> str:
    """Several live requests match."""
    names = named(
        f"{c.name} ({_state(c)}, CIDR {c.requester_cidr or 'not given'}, towards {c.accepter_vpc_id or 'no VPC given'})"
        for c in connections
    )
    return (
        f"Several live connections match, and none is touched: {names}; set spec.connectionName to the one you mean, "
        "or spec.accepter.vpcId to its Atlas VPC."
    )


def mismatch(connection: Connection, differences: Iterable[Difference], *, pinned: bool) -> str:
    """The pinned or held connection differs from the spec."""
    found = tuple(differences)
    wrong = [*(["spec.connectionName"] if pinned else []), *(one.guard for one in found if one.guard)]
    return (
        f"{connection.name} is not what the spec describes, and is not touched: "
        f"{'; '.join(one.words for one in found)}; correct {', '.join(wrong)}, or the request."
    )


def already_managed(connection: Connection, owner: str) -> str:
    """Another object owns it."""
    return f"{connection.name} is managed by {owner}; delete one of the two."


def gone(name: str, reason: Reason | None = None, *, pinned: bool = False) -> str:
    """The connection that was held is no longer listed."""
    if reason is None:
        return f"{name} is gone from Atlas."
    fate = {
        Reason.REQUEST_EXPIRED: "expired",
        Reason.REQUEST_FAILED: "failed",
        Reason.REQUEST_REJECTED: "was rejected",
    }.get(reason, "was deleted")
    return f"{name} {fate} and is no longer listed by Atlas; {_NEW_PIN if pinned else _NEW_REQUEST}."


_NEW_REQUEST = "make a new request on the requester's side; the operator picks it up automatically"
_NEW_PIN = "make a new request on the requester's side and set spec.connectionName to it, or remove spec.connectionName"


def nothing_to_delete(name: str | None) -> str:
    """There is nothing (more) to delete."""
    return gone(name) if name else "Atlas has no such connection."


def follow(step: Step, connection: Connection, *, wanted: DesiredState, pinned: bool) -> str:
    """Report the progress of a connection towards the desired state."""
    name = connection.name
    if step.reason is Reason.CANNOT_REJECT:
        return f"{name} is {_state(connection)} and cannot be rejected any more; set desiredState: Deleted."
    if step.reason in (Reason.REJECTED, Reason.DELETED):
        return f"{name} is {_state(connection)}."
    state = state_of(connection)
    if state.terminal:
        advice = _NEW_PIN if pinned else _NEW_REQUEST
        return _with_trouble(f"{name} is {_state(connection)}; {advice}.", connection, always=True)
    if state is CloudState.UNKNOWN:
        return _with_trouble(f"{name} is {_state(connection)}; waiting for it to change.", connection)
    if state is CloudState.ACTIVE and wanted is DesiredState.ACCEPTED:
        return _with_trouble(f"{name} is active.", connection)
    return _with_trouble(_PROGRESS[step.reason].format(name=name, status=_state(connection)), connection)


_PROGRESS = {
    Reason.WAITING_FOR_REQUEST: "Waiting for {name} to become pending-acceptance; it is {status}.",
    Reason.ACCEPTING: "{name} is being accepted; waiting for Atlas.",
    Reason.REJECTING: "{name} is being rejected; waiting for Atlas.",
    Reason.DELETING: "{name} is being deleted; it is {status}.",
    Reason.PROVISIONING: "{name} is {status}; waiting for it to become active.",
}


def _with_trouble(sentence: str, connection: Connection, *, always: bool = False) -> str:
    said = _quoted(connection.status_message)
    if troubled(connection):
        detail = f": {said}" if said else ""
        return f"{sentence[:-1]}; Atlas reports {connection.local_status}{detail}."
    return f"{sentence[:-1]} (Atlas: {said})." if always and said else sentence


def _state(connection: Connection) -> str:
    """Return Atlas' own word for the state, as what follows "is"."""
    if state_of(connection) is CloudState.UNKNOWN:
        return f"in state {connection.cloud_status!r}" if connection.cloud_status else "in no state that Atlas names"
    return (connection.cloud_status or "").strip()


def _quoted(said: str | None) -> str:
    """Return Atlas' text as a part of a sentence."""
    return " ".join((said or "").split())[:_LONGEST_QUOTE].rstrip(" .")


def suspended(readiness: Readiness, connection: Connection | None, *, deleting: bool) -> str:
    """The object is suspended."""
    if deleting:
        held = f"{connection.name} stays as it is ({_state(connection)})" if connection else "Atlas stays as it is"
        return f"Deletion waits while suspend is true: {held}; set suspend: false to delete it in Atlas, or {_WAY_OUT}."
    seen = f"{connection.name} is {_state(connection)}" if connection else readiness.message.rstrip(".")
    return f"Suspended, nothing is changed in Atlas: {seen}."


def refused(action: str, connection: str, why: str, *, deleting: bool) -> str:
    """Atlas refused the change; `why` is Atlas' answer."""
    way_out = f"; {_WAY_OUT}" if deleting else ""
    said = why.rstrip(".").removesuffix(way_out)
    if connection not in why:
        said = f"Atlas did not {_VERBS[ActionType(action)]} {connection}: {said}"
    return f"{said}{way_out}."


def retained(connection: str | None, *, suspended: bool) -> str:
    """The object is deleted, and nothing changes in Atlas."""
    why = (
        "the object is suspended, and the operator has never requested a change for it"
        if suspended
        else ("deletionPolicy is Retain")
    )
    return f"Nothing was changed in Atlas: {why} ({connection or 'no connection'})."


def requested(action: ActionType, connection: Connection) -> str:
    """A change was requested from Atlas."""
    account, vpc, cidr = (
        value or "not given"
        for value in (connection.requester_account_id, connection.requester_vpc_id, connection.requester_cidr)
    )
    return f"Asked Atlas to {_VERBS[action]} {connection.name} (account {account}, VPC {vpc}, CIDR {cidr})."


def reference_not_ready(name: str) -> str:
    """The ConfluentPeering has no account and VPC."""
    return f"Waiting for ConfluentPeering {name} to report its AWS account and VPC in status.requester."


def reference_waits(name: str) -> str:
    """The ConfluentPeering does not know the Atlas side yet, so the connection is not known either."""
    return f"Waiting for ConfluentPeering {name}, which waits for its StreamsAccountDetails."
