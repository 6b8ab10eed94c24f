"""Decides which requests a policy allows. An unknown field of a request never allows it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from ...atlas.models import Connection
from .resource import AllowedRequester, ExceptedRequester, NotTaken, StreamsVpcPeeringPolicySpec

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why a policy does not allow a request."""

    reason: NotTaken
    detail: str
    """The entry of `except` that applies, or the property that no entry of `requesters` allows."""


def exclusion(spec: StreamsVpcPeeringPolicySpec, request: Connection) -> Exclusion | None:
    """Return why a request is not allowed; None: it is allowed."""
    for number, entry in enumerate(spec.except_ or ()):
        if _excepts(entry, request):
            return Exclusion(NotTaken.EXCEPTED, f"spec.except[{number}]")
    missed = [_misses(entry, request) for entry in spec.requesters if entry.account_id == request.requester_account_id]
    if not missed:
        return Exclusion(NotTaken.NOT_ALLOWED, _described("account", request.requester_account_id))
    if None in missed:
        return None
    return Exclusion(NotTaken.NOT_ALLOWED, str(missed[0]))


def allows(spec: StreamsVpcPeeringPolicySpec, request: Connection) -> bool:
    """Return whether a request is allowed."""
    return exclusion(spec, request) is None


def _misses(entry: AllowedRequester, request: Connection) -> str | None:
    """Return which property of the request an entry does not allow; None: it allows the request."""
    if entry.vpc_ids is not None and request.requester_vpc_id not in entry.vpc_ids:
        return _described("VPC", request.requester_vpc_id)
    if entry.cidrs is not None:
        block = _network(request.requester_cidr)
        if block is None or not any(_inside(block, allowed) for allowed in _networks(entry.cidrs)):
            return _described("CIDR block", request.requester_cidr)
    return None


def _described(what: str, value: str | None) -> str:
    return f"{what} {value}" if value else f"a request without {what}"


def _excepts(entry: ExceptedRequester, request: Connection) -> bool:
    """Return whether an entry of `except` may apply to a request. An unknown field counts as a match."""
    if entry.account_id not in (None, request.requester_account_id):
        return False
    if entry.vpc_ids is not None and request.requester_vpc_id not in (None, *entry.vpc_ids):
        return False
    if entry.cidrs is None:
        return True
    block = _network(request.requester_cidr)
    return block is None or any(block.overlaps(excepted) for excepted in _networks(entry.cidrs))


def _networks(blocks: Iterable[str]) -> Iterable[Network]:
    return (network for network in map(_network, blocks) if network is not None)


@lru_cache(maxsize=8192)  # the same few blocks are compared with every row of every list
def _network(block: str | None) -> Network | None:
    try:
        return ip_network(block, strict=False) if block else None
    except ValueError:
        return None


def _inside(block: Network, allowed: Network) -> bool:
    if isinstance(block, IPv4Network) and isinstance(allowed, IPv4Network):
        return block.subnet_of(allowed)
    return isinstance(block, IPv6Network) and isinstance(allowed, IPv6Network) and block.subnet_of(allowed)
