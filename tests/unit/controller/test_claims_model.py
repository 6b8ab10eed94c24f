"""The index of claims against a model that goes through everything."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.claims import ClaimIndex
from atlas_streams_peering.kinds.streams_vpc_peering.matching import Identity
from atlas_streams_peering.kinds.streams_vpc_peering.ownership import Claim

PROJECTS, VPCS, NAMES = ("project-1", "project-2"), ("vpc-1", "vpc-2"), ("pcx-1", "pcx-2", "pcx-3")
UIDS = ("a", "b", "c", "d")
CONNECTIONS = [Connection(name=name, requester_vpc_id=vpc) for name in NAMES for vpc in (*VPCS, None)]

uids = st.sampled_from(UIDS)


class ClaimsAgainstModel(RuleBasedStateMachine):
    """An object keeps its project; all else about it may change."""

    def __init__(self) -> None:
        super().__init__()
        self.index = ClaimIndex()
        self.claims: dict[str, Claim] = {}
        self.managed: dict[str, tuple[str, str]] = {}
        self.waiting: set[tuple[str, str]] = set()
        """Pairs of an owner and one who waits for it."""

    @rule(uid=uids, vpc=st.sampled_from(VPCS) | st.none(), pinned=st.sampled_from(NAMES) | st.none())
    def put(self, uid: str, vpc: str | None, pinned: str | None) -> None:
        project = PROJECTS[UIDS.index(uid) % 2]
        identity = Identity(project, "417601102659", vpc, None, pinned)
        claim = self.claims[uid] = Claim("2024-12-12T12:00:00Z", "streams", uid, uid, identity, None)
        self.index.put(claim)

    @rule(uid=uids)
    def remove(self, uid: str) -> None:
        told = self.index.remove(uid)

        assert told == self._waiters(uid)
        self.claims.pop(uid, None)
        self.managed.pop(uid, None)
        self._forget_waiters(uid)

    @rule(uid=uids, connection=st.sampled_from(NAMES) | st.none(), owner=uids | st.none())
    def settle(self, uid: str, connection: str | None, owner: str | None) -> None:
        claim = self.claims.get(uid)
        if claim is None or owner == uid:
            return
        place = (claim.identity.project_id, connection) if connection else None
        displaced = {other for other, held in self.managed.items() if held == place and other != uid}
        moved = self.managed.get(uid) != place

        told = self.index.settle(claim, connection, owner=owner)

        assert told == (self._waiters(uid) | displaced if moved else set())
        if owner is not None:
            self.waiting.add((owner, uid))
        if moved:
            self._forget_waiters(uid)
            for other in displaced | {uid}:
                self.managed.pop(other, None)
            if place is not None:
                self.managed[uid] = place

    def _waiters(self, owner: str) -> set[str]:
        return {waiter for other, waiter in self.waiting if other == owner}

    def _forget_waiters(self, owner: str) -> None:
        self.waiting = {pair for pair in self.waiting if pair[0] != owner}

    @invariant()
    def rivals_are_all_others_that_may_mean_one_of_the_connections(self) -> None:
        for mine in self.claims.values():
            for connection in CONNECTIONS:
                expected = {
                    other.uid
                    for other in self.claims.values()
                    if other.uid != mine.uid
                    and other.identity.project_id == mine.identity.project_id
                    and (other.identity.pinned or other.identity.vpc_id)
                    in {connection.name, connection.requester_vpc_id} - {None}
                }
                assert {rival.uid for rival in self.index.rivals(mine, [connection])} == expected

    @invariant()
    def claims_are_found_by_uid(self) -> None:
        assert all(self.index.get(uid) == self.claims.get(uid) for uid in UIDS)


TestClaimsAgainstModel = ClaimsAgainstModel.TestCase
