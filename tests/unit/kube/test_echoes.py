"""What the operator knows already is left out of a watch; all else comes through, byte by byte."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas_streams_peering.kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from atlas_streams_peering.kube.echoes import _WithoutEchoes
from atlas_streams_peering.kube.session import Sessions, Stream
from atlas_streams_peering.kube.watch import build_registry, run_watches, watch
from atlas_streams_peering.scheduling.ending import end
from unit.kube.kinds_server import KindsServer
from unit.polling.waiting import Signal


def event(kind: str, version: int, name: str = "kafka") -> dict[str, Any]:
    return {
        "type": kind,
        "object": {
            "metadata": {"namespace": "streams", "name": name, "uid": f"uid-{name}", "resourceVersion": str(version)}
        },
    }


def version(body: Mapping[str, Any]) -> int:
    return int(body["metadata"]["resourceVersion"])


class Pieces:
    """An answer's content that comes in these pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            for at in range(0, len(piece), size):
                yield piece[at : at + size]


async def read(pieces: list[bytes], known: int) -> bytes:
    content: Any = Pieces(pieces)
    without = _WithoutEchoes(content, lambda body: version(body) <= known)
    return b"".join([chunk async for chunk in without.iter_chunked(1024)])


@given(
    events=st.lists(
        st.tuples(st.sampled_from(["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]), st.integers(1, 9), st.text(max_size=3))
    ),
    rest=st.sampled_from([b"", b'{"type": "MODIFIED", "obj', b'{"type": "MODIFIED"}']),
    cuts=st.lists(st.integers(0, 400)),
)
def test_only_modifications_that_are_known_are_left_out_however_the_bytes_come(
    events: list[tuple[str, int, str]], rest: bytes, cuts: list[int]
) -> None:
    lines = [(kind, at, json.dumps(event(kind, at, name)).encode() + b"\n") for kind, at, name in events]
    sent = b"".join(line for *_, line in lines) + rest
    ends = sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})

    got = asyncio.run(read([sent[one:other] for one, other in pairwise(ends)], known=5))

    assert got == b"".join(line for kind, at, line in lines if not (kind == "MODIFIED" and at <= 5)) + rest


@pytest.mark.parametrize("line", [b"no JSON\n", b"\n", b'{"type": "ERROR", "object": {"code": 410}}\n'])
async def test_what_shows_no_object_comes_through(line: bytes) -> None:
    assert await read([line], known=5) == line


class Seen:
    """Takes what the watch passes on."""

    def __init__(self) -> None:
        self.versions: list[int] = []
        self.signal = Signal()

    def observe(self, body: Mapping[str, Any]) -> None:
        self.versions.append(version(body))
        self.signal.send()

    def forget(self, uid: str) -> None:
        self.versions.append(0)
        self.signal.send()


async def test_kopf_works_on_no_event_that_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Stream, int]] = []

    def repeats(stream: Stream, body: Mapping[str, Any]) -> bool:
        asked.append((stream, version(body)))
        return version(body) in (3, 4)

    seen, sessions = Seen(), Sessions(repeats=repeats)
    registry = build_registry(sessions)
    watch(registry, STREAMS_VPC_PEERING, {None: seen})
    async with KindsServer() as server:
        monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(tmp_path)))
        changes = [event("MODIFIED", at) for at in (3, 4, 5)]
        server.will_show(STREAMS_VPC_PEERING, event("ADDED", 2), *changes, event("DELETED", 6))
        watching = asyncio.create_task(run_watches(registry, sessions, (), asyncio.Event(), started=lambda: None))

        await seen.signal.until(lambda: 0 in seen.versions)
        await end(watching)

    assert seen.versions == [2, 5, 0]
    assert asked == [(Stream("streamsvpcpeerings", None), at) for at in (3, 4, 5)]
