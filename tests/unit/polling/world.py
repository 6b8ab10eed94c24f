"""An Atlas, a Secret and a queue for the looks, each of which does as the test says."""

import asyncio
from collections import Counter
from typing import Any, Final

from atlas_streams_peering.controller.retry import Intervals
from atlas_streams_peering.polling.looks import Look, LookKey, Looks, Subscription

from atlas_streams_peering.transport.errors import ServiceError
from unit.polling.bell import Bell

PROJECT: Final = "671a86f4cfc9da7d7c31b14f"
ACCOUNT: Final = "417601102659"
VPC: Final = "vpc-0d13eb6a2f0377854"
NAME: Final = "pcx-09277e1e81d0751c1"
SECRET: Final = ("here", "atlas-api")
KEY: Final = LookKey(PROJECT, "fingerprint", ACCOUNT)

FAST: Final = 0.02
"""Seconds of an interval that passes at once."""
NEVER: Final = 3600.0
"""Seconds of an interval that does not pass during a test."""


def row(name: str = NAME, *, vpc: str = VPC, status: str = "pending-acceptance") -> dict[str, Any]:
    return {"name": name, "requesterVpcId": vpc, "requesterAccountId": ACCOUNT, "cloudStatus": status}


class World:
    """Looks with everything around them."""

    def __init__(self, *, pending: float = FAST, steady: float = NEVER) -> None:
        self.bell = Bell()
        self.answer: list[dict[str, Any]] | Exception = []
        """What Atlas answers, as soon as the gate is open."""
        self.gate = asyncio.Event()
        self.gate.set()
        self.fingerprint = KEY.credentials
        """Of the credentials that every Secret holds."""
        self.secrets: dict[tuple[str, str], str] = {}
        """Fingerprints of single Secrets, where they hold others."""
        self.rotated_to: str | None = None
        """Fingerprint that is in all Secrets once one of them is read at once."""
        self.lists: list[LookKey] = []
        """Every list asked for."""
        self.readings: list[tuple[tuple[str, str], bool]] = []
        """Every reading of a Secret, and whether it was to be at once."""
        self.woken: Counter[str] = Counter()
        self.abandoned: list[str] = []
        self.looks = Looks(
            session=lambda fingerprint: _Session(self, fingerprint),
            still_current=self._still_current,
            wake=self._wake,
            abandoned=self._abandon,
            intervals=Intervals(pending, steady),
        )

    async def _still_current(self, secret: tuple[str, str], fingerprint: str, at_once: bool) -> bool:
        self.readings.append((secret, at_once))
        if at_once and self.rotated_to is not None:
            self.fingerprint = self.rotated_to
        self.bell.ring()
        return self.secrets.get(secret, self.fingerprint) == fingerprint

    def _wake(self, uid: str) -> None:
        self.woken[uid] += 1
        self.bell.ring()

    async def _abandon(self, fingerprint: str) -> None:
        self.abandoned.append(fingerprint)
        self.bell.ring()

    def subscribe(
        self,
        uid: str,
        *,
        key: LookKey = KEY,
        names: tuple[str, ...] = (),
        vpcs: tuple[str, ...] = (),
        secret: tuple[str, str] = SECRET,
        insists: bool = False,
    ) -> Look:
        subscription = Subscription(frozenset(names), frozenset(vpcs), secret, insists=insists)
        return self.looks.subscribe(uid, key, subscription)

    async def looked(self, times: int = 1, *, key: LookKey = KEY) -> None:
        """Wait until so many more lists have been asked for."""
        wanted = self.lists.count(key) + times
        await self.bell.until(lambda: self.lists.count(key) >= wanted)

    async def told(self, *uids: str) -> None:
        """Wait until each of these has been woken once more."""
        before = {uid: self.woken[uid] for uid in uids}
        await self.bell.until(lambda: all(self.woken[uid] > before[uid] for uid in uids))

    async def steady(self, *uids: str) -> None:
        """Wait for the first look, and be content with what it shows."""
        await self.bell.until(lambda: all(self.woken[uid] for uid in uids))
        for uid in uids:
            self.looks.pace(uid, pending=False)


class _Session:
    """Lists as the world says."""

    def __init__(self, world: World, fingerprint: str) -> None:
        self._world, self._fingerprint = world, fingerprint

    async def list_connections(self, project_id: str, requester_account_id: str) -> list[dict[str, Any]]:
        world = self._world
        world.lists.append(LookKey(project_id, self._fingerprint, requester_account_id))
        world.bell.ring()
        await world.gate.wait()
        if isinstance(world.answer, Exception):
            raise world.answer
        return world.answer


def failure_of(look: Look) -> ServiceError:
    assert look.failure is not None
    return look.failure
