"""Every message about a ConfluentPeering: one sentence that says what to do, and contains no time."""

from collections.abc import Iterable
from typing import Final

from ...api.group import RECONCILE_REQUESTED_AT
from ...confluent.models import Peering
from ...controller import messages as sentences
from ...controller.decision import Readiness
from .phases import Phase, phase_of
from .resource import AtlasNetwork

_WAY_OUT: Final = "to let the object go without Confluent Cloud, set deletionPolicy: Retain"
_LONGEST_QUOTE: Final = 300

NO_ATLAS_SIDE: Final = "Set spec.accountDetailsRef or spec.atlas: nothing says which VPC of Atlas is meant."


# -- waiting


def reference_not_ready(name: str) -> str:
    """The StreamsAccountDetails does not have all values yet."""
    return (
        f"Waiting for StreamsAccountDetails {name} to report Atlas' accountId, vpcId, cidrBlock and region in status."
    )


def details_not_aws(name: str, provider: str) -> str:
    """The StreamsAccountDetails is about another cloud."""
    return f"StreamsAccountDetails {name} is for {provider}; a ConfluentPeering needs one for aws."


def network_not_found(network: str, environment: str, words: str) -> str:
    """There is no such network; `words` is Confluent Cloud's answer."""
    return (
        f"Confluent Cloud has no network {network} in environment {environment} ({_quoted(words)}); check "
        "spec.networkId and spec.environmentId, which another object has to name if they are wrong."
    )


def network_failed(network: str, code: str | None, said: str | None) -> str:
    """The network cannot be used."""
    return f"Network {network} is FAILED{_trouble(code, said)}; fix it in Confluent Cloud, or use another network."


def network_unsupported(network: str, why: str) -> str:
    """The network can never be peered with Atlas."""
    return f"Network {network} {why}; a peering with Atlas needs a network on AWS with the connection type PEERING."


def network_not_ready(network: str, phase: str | None) -> str:
    """The network is not ready yet."""
    if phase_of(phase) is Phase.READY:
        return f"Waiting for Confluent Cloud to report the AWS account and VPC of network {network}."
    return f"Waiting for network {network} to become READY; it is {_word(phase)}."


def already_managed(peering: Peering | None, owner: str) -> str:
    """Another object owns it, or is about to request it."""
    what = f"{peering.id} is managed by {owner}" if peering else f"{owner} requests the same peering"
    return f"{what}; delete one of the two."


def maybe_managed(peering: Peering | None, namespaces: Iterable[str]) -> str:
    """An object that the operator cannot list may own it, or may be about to request it."""
    if peering is None:
        return sentences.maybe_managed("The same peering", namespaces, how="requested")
    return sentences.maybe_managed(peering.id or "", namespaces)


# -- the state of a peering


def requesting(name: str, network: str, atlas: AtlasNetwork) -> str:
    """A peering is requested, or was just requested and no list shows it yet."""
    return f"Peering {name} of network {network} with {_vpc(atlas)} is being requested; waiting for Confluent Cloud."


def follow(
    peering: Peering, *, atlas: AtlasNetwork | None, requester_vpc: str | None, obj: str, differences: Iterable[str]
) -> str:
    """Report the state of a peering. `obj`: the name of the ConfluentPeering."""
    name, phase = peering.id, _word(peering.phase)
    match phase_of(peering.phase):
        case Phase.READY:
            return _noted(f"{name} is {phase}", differences)
        case Phase.PENDING_ACCEPT:
            source = f" from VPC {requester_vpc}" if requester_vpc else ""
            waits = f"{name} is {phase}: accept the connection{source} in Atlas ({_vpc(atlas)}) with a "
            waits += f"StreamsVpcPeering whose spec.requester.confluentPeeringRef names {obj}, or by hand"
            return _noted(waits, differences)
        case Phase.FAILED:
            return f"{name} is {phase}{_error(peering)}; fix the cause; {_RENEW}."
        case Phase.DISCONNECTED:
            return f"{name} is {phase}, because the Atlas side has taken it down{_error(peering)}; {_RENEW}."
        case Phase.DEPROVISIONING:
            return f"{name} is being deleted; it is {phase}."
        case _:
            return _noted(f"{name} is {phase}{_error(peering)}; waiting for it to become READY", differences)


_RENEW: Final = (
    f"to have it removed and a new peering requested, change the spec or the value of the annotation "
    f"{RECONCILE_REQUESTED_AT}"
)


def removing(peering: Peering) -> str:
    """A dead peering is being removed, because somebody asked for a new one."""
    return f"{peering.id} is {_word(peering.phase)} and is being removed; then a new peering is requested."


def deleting(peering: Peering) -> str:
    """The object is being deleted, and its peering with it."""
    return f"{peering.id} is being deleted; it is {_word(peering.phase)}."


def routes_differ(wanted: Iterable[str], present: Iterable[str]) -> str:
    """The peering has other routes than the spec wants."""
    return f"its routes are {', '.join(present) or '(none)'}, not {', '.join(wanted)}"


def region_differs(wanted: str, present: str) -> str:
    """The peering leads to another region than the spec wants."""
    return f"its customer region is {present}, not {wanted}"


def vpc_differs(reference: str, atlas: AtlasNetwork | None) -> str:
    """The reference now names another VPC."""
    return f"it leads to {_vpc(atlas)}, and StreamsAccountDetails {reference} names another VPC now"


def suspended(readiness: Readiness, peering: Peering | None, *, deleting: bool) -> str:
    """The object is suspended."""
    if deleting:
        stays = f"{peering.id} stays as it is ({_word(peering.phase)})" if peering else "Confluent Cloud stays as it is"
        return (
            f"Deletion waits while suspend is true: {stays}; set suspend: false to delete it in Confluent Cloud, "
            f"or {_WAY_OUT}."
        )
    seen = f"{peering.id} is {_word(peering.phase)}" if peering else readiness.message.rstrip(".")
    return f"Suspended, nothing is changed in Confluent Cloud: {seen}."


# -- the end of an object


def nothing_to_delete(held: str | None) -> str:
    """There is nothing (more) to delete."""
    return f"{held} is gone from Confluent Cloud." if held else "Confluent Cloud has no such peering."


def waiting_to_see() -> str:
    """A peering was requested, and a later list may show it."""
    return "Waiting for Confluent Cloud to show whether the requested peering was made, to delete it."


def retained(peering: str | None, *, suspended: bool) -> str:
    """The object is deleted, and nothing changes in Confluent Cloud."""
    why = (
        "the object is suspended, and the operator has never requested a change for it"
        if suspended
        else "deletionPolicy is Retain"
    )
    return f"Nothing was changed in Confluent Cloud: {why} ({peering or 'no peering'})."


# -- changes


def requested(name: str, network: str, atlas: AtlasNetwork) -> str:
    """A peering was requested from Confluent Cloud."""
    return f"Asked Confluent Cloud for peering {name} of network {network} with {_vpc(atlas)}."


def delete_requested(peering: Peering) -> str:
    """A deletion was requested from Confluent Cloud."""
    return f"Asked Confluent Cloud to delete {peering.id} ({_word(peering.phase)})."


def refused(why: str, *, deleting: bool) -> str:
    """Confluent Cloud refused the change; `why` is its answer."""
    return f"{why.rstrip('.')}{f'; {_WAY_OUT}' if deleting else ''}."


def _noted(sentence: str, differences: Iterable[str]) -> str:
    notes = "; ".join(differences)
    if not notes:
        return f"{sentence}."
    return f"{sentence}; {notes}: a peering cannot be changed, so delete and create this object to request another."


def _vpc(atlas: AtlasNetwork | None) -> str:
    if atlas is None:
        return "the VPC of Atlas"
    cidr = f", CIDR {atlas.cidr_block}" if atlas.cidr_block else ""
    return f"VPC {atlas.vpc_id} of AWS account {atlas.account_id}{cidr}"


def _error(peering: Peering) -> str:
    return _trouble(peering.error_code, peering.error_message)


def _trouble(code: str | None, said: str | None) -> str:
    words = ": ".join(word for word in (_quoted(code), _quoted(said)) if word)
    return f" (Confluent Cloud: {words})" if words else ""


def _word(phase: str | None) -> str:
    """Return Confluent Cloud's own word for a phase, as what follows "is"."""
    return _quoted(phase) or "in no phase that Confluent Cloud names"


def _quoted(said: str | None) -> str:
    """Return Confluent Cloud's text as a part of a sentence."""
    return " ".join((said or "").split())[:_LONGEST_QUOTE].rstrip(" .")
