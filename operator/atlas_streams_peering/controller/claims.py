"""Which objects mean which connections: found by VPC and by name, so that nobody has to look at all."""

from collections.abc import Iterable

from ..atlas.models import Connection
from ..kinds.streams_vpc_peering.ownership import Claim


class ClaimIndex:
    """The claims of all objects, and which object manages which connection at present."""

    def __init__(self) -> None:
        self._claims: dict[str, Claim] = {}
        self._by_place: dict[tuple[str, str], set[str]] = {}
        self._managers: dict[tuple[str, str], str] = {}
        self._managed: dict[str, tuple[str, str]] = {}
        self._waiting_for: dict[str, set[str]] = {}

    def put(self, claim: Claim) -> None:
        """Take in what an object claims."""
        self._unplace(claim.uid)
        self._claims[claim.uid] = claim
        for place in _places(claim):
            self._by_place.setdefault(place, set()).add(claim.uid)

    def get(self, uid: str) -> Claim | None:
        """Return an object's claim."""
        return self._claims.get(uid)

    def rivals(self, claim: Claim, connections: Iterable[Connection]) -> tuple[Claim, ...]:
        """Return the other claims that may concern one of these connections."""
        project, uids = claim.identity.project_id, set[str]()
        for connection in connections:
            for word in (connection.name, connection.requester_vpc_id):
                if word:
                    uids |= self._by_place.get((project, word), set())
        uids.discard(claim.uid)
        return tuple(self._claims[uid] for uid in uids)

    def settle(self, claim: Claim, connection: str | None, *, owner: str | None = None) -> set[str]:
        """Note what came of a claim; return the objects whose own case this may change.

        `connection` is the one it manages now; `owner` the object that it found in its way.
        """
        if owner is not None:
            self._waiting_for.setdefault(owner, set()).add(claim.uid)
        place = (claim.identity.project_id, connection) if connection else None
        before = self._managed.get(claim.uid)
        if place == before:
            return set()
        affected = self._release(claim.uid)
        if place is not None:
            displaced = self._managers.get(place)
            if displaced is not None and displaced != claim.uid:
                affected.add(displaced)
                self._managed.pop(displaced, None)
            self._managers[place] = claim.uid
            self._managed[claim.uid] = place
        return affected

    def remove(self, uid: str) -> set[str]:
        """Forget an object; return those that waited for it."""
        affected = self._release(uid)
        self._unplace(uid)
        self._claims.pop(uid, None)
        return affected

    def _release(self, uid: str) -> set[str]:
        place = self._managed.pop(uid, None)
        if place is not None and self._managers.get(place) == uid:
            del self._managers[place]
        return self._waiting_for.pop(uid, set())

    def _unplace(self, uid: str) -> None:
        claim = self._claims.get(uid)
        for place in _places(claim) if claim else ():
            uids = self._by_place.get(place)
            if uids is not None:
                uids.discard(uid)
                if not uids:
                    del self._by_place[place]


def _places(claim: Claim) -> set[tuple[str, str]]:
    identity = claim.identity
    # A pinned object means its pin only; its VPC is a guard.
    word = identity.pinned or identity.vpc_id
    return {(identity.project_id, word)} if word else set()
