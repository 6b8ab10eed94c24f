"""A service, a Secret and a queue for the polls, each of which does as the test says."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, Final

from atlas_streams_peering.polling.intervals import Intervals
from atlas_streams_peering.polling.poll import Poll, PollKey, SecretKey, Source, Subscription
from atlas_streams_peering.polling.polls import Polls
from atlas_streams_peering.polling.snapshot import RowFormat
from atlas_streams_peering.transport.credentials import ApiKey, Credentials
from atlas_streams_peering.transport.errors import ServiceError
from unit.polling.waiting import Signal

PROJECT: Final = "671a86f4cfc9da7d7c31b14f"
ACCOUNT: Final = "417601102659"
VPC: Final = "vpc-0d13eb6a2f0377854"
NAME: Final = "pcx-09277e1e81d0751c1"
SECRET: Final = SecretKey("here", "atlas-api")
CREDENTIALS: Final = ApiKey("public", "private")

FAST: Final = 0.02
"""Seconds of an interval that passes at once."""
NEVER: Final = 3600.0
"""Seconds of an interval that does not pass during a test."""

FORMAT: Final[RowFormat[Mapping[str, Any]]] = RowFormat(
    name=lambda row: str(row["name"]),
    parse=dict,
    tokens=lambda row: (row["requesterVpcId"],) if "requesterVpcId" in row else (),
    progress=lambda row: (row.get("cloudStatus"), row.get("localStatus")),
)


def row(name: str = NAME, *, vpc: str = VPC, status: str = "pending-acceptance") -> dict[str, Any]:
    return {"name": name, "requesterVpcId": vpc, "requesterAccountId": ACCOUNT, "cloudStatus": status}


class World:
    """Polls with everything around them."""

    def __init__(self, *, pending: float = FAST, steady: float = NEVER) -> None:
        self.signal = Signal()
        self.answer: list[dict[str, Any]] | Exception = []
        """What the service answers, as soon as the gate is open."""
        self.gate = asyncio.Event()
        self.gate.set()
        self.source = Source("connections", self._list, FORMAT)
        self.key = PollKey(self.source, PROJECT, "fingerprint", (ACCOUNT,))
        self.fingerprint = self.key.credentials
        """Of the credentials that every Secret holds."""
        self.secrets: dict[SecretKey, str] = {}
        """Fingerprints of single Secrets, where they hold others."""
        self.rotated_to: str | None = None
        """Fingerprint that is in all Secrets once one of them is read at once."""
        self.lists: list[PollKey] = []
        """Every list asked for."""
        self.readings: list[tuple[SecretKey, bool]] = []
        """Every reading of a Secret, and whether it was to be at once."""
        self.woken: Counter[str] = Counter()
        self.reads_at_once = True
        """Objects that are woken have their turn at once."""
        self._keys: dict[str, PollKey] = {}
        self.polls = Polls(
            credentials=lambda _fingerprint: CREDENTIALS,
            still_current=self._still_current,
            wake=self._wake,
            intervals=Intervals(pending, steady),
        )
        self._running = asyncio.create_task(self.polls.run())

    async def close(self) -> None:
        await self.polls.close()
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    async def _list(self, _credentials: Credentials, key: PollKey) -> Collection[Mapping[str, Any]]:
        self.lists.append(key)
        self.signal.send()
        await self.gate.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def _still_current(self, secret: SecretKey, fingerprint: str, at_once: bool) -> bool:
        self.readings.append((secret, at_once))
        if at_once and self.rotated_to is not None:
            self.fingerprint = self.rotated_to
        self.signal.send()
        return self.secrets.get(secret, self.fingerprint) == fingerprint

    def _wake(self, uid: str) -> None:
        self.woken[uid] += 1
        if self.reads_at_once:
            asyncio.get_running_loop().call_soon(self.read, uid)
        self.signal.send()

    def read(self, uid: str) -> bool:
        """Let an object have its turn."""
        key = self._keys.get(uid)
        return key is not None and self.polls.read_by(uid, key)

    def subscribe(
        self,
        uid: str,
        *,
        key: PollKey | None = None,
        words: tuple[str, ...] = (),
        secret: SecretKey = SECRET,
        cached: bool = False,
    ) -> Poll:
        self._keys[uid] = key or self.key
        subscription = Subscription(frozenset(words), secret, uses_cached_credentials=cached)
        return self.polls.subscribe(uid, key or self.key, subscription)

    def leave(self, uid: str) -> None:
        self.polls.leave(uid, self._keys.get(uid, self.key))

    def pace(self, uid: str, *, pending: bool, checks_secret: bool = False) -> None:
        self.polls.pace(uid, self._keys.get(uid, self.key), pending=pending, checks_secret=checks_secret)

    def await_list(self, uid: str, *, by: float = 0.0) -> None:
        self.polls.await_list(uid, self._keys.get(uid, self.key), by=by)

    async def listed(self, times: int = 1, *, key: PollKey | None = None) -> None:
        """Wait until so many more lists have been asked for."""
        wanted = self.lists.count(key or self.key) + times
        await self.signal.until(lambda: self.lists.count(key or self.key) >= wanted)

    async def woken_again(self, *uids: str) -> None:
        """Wait until each of these has been woken once more."""
        before = {uid: self.woken[uid] for uid in uids}
        await self.signal.until(lambda: all(self.woken[uid] > before[uid] for uid in uids))

    async def steady(self, *uids: str) -> None:
        """Wait for the first list, and be content with what it shows."""
        await self.signal.until(lambda: all(self.woken[uid] for uid in uids))
        for uid in uids:
            self.pace(uid, pending=False)


def failure_of(poll: Poll) -> ServiceError:
    assert poll.failure is not None
    return poll.failure
