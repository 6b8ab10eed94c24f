"""The client retries a read that can succeed later, with longer and longer pauses, and no other read."""

from collections.abc import Iterator

import httpx
import pytest

from atlas_simulator import Simulator
from atlas_streams_peering.atlas.client import Atlas, Session
from atlas_streams_peering.transport.errors import ServiceError, Unavailable
from simulator.caller import ACCOUNT, PROJECT
from unit.atlas.virtual_time import in_virtual_time, now
from unit.atlas.world import EMPTY_LIST, KEY, Handler, session_of

ATTEMPTS = 3


class Script:
    """Answers one request after the other as the script says, and notes when each came."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers: Iterator[httpx.Response | Exception] = iter(answers)
        self.times: list[float] = []

    def __call__(self, _request: httpx.Request) -> httpx.Response:
        self.times.append(now())
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


def listed_by(handler: Handler) -> list[dict[str, object]]:
    return in_virtual_time(lambda: session_of(handler).list_connections(PROJECT, ACCOUNT))


TRANSIENT: list[httpx.Response | Exception] = [
    httpx.Response(500),
    httpx.Response(502, text="<html>Bad Gateway</html>"),
    httpx.Response(503),
    httpx.Response(504),
    httpx.Response(408),
    httpx.Response(302, headers={"Location": "https://login.example"}),
    httpx.Response(405, json={"errorCode": "WRITES_NOT_ALLOWED_DURING_APP_UPGRADES"}),
    httpx.Response(200, text="<html>Sign in</html>"),
    httpx.Response(200, text=""),
    httpx.Response(200, content=b'{"results": [\xff'),
    httpx.Response(204),
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("too slow"),
    httpx.ReadTimeout("too slow"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("closed without an answer"),
    httpx.PoolTimeout("busy"),
    httpx.DecodingError("not gzip"),
]


@pytest.mark.parametrize("failure", TRANSIENT, ids=repr)
def test_a_read_is_tried_again(failure: httpx.Response | Exception) -> None:
    script = Script(failure, failure, httpx.Response(200, json=EMPTY_LIST))

    assert listed_by(script) == []
    assert len(script.times) == ATTEMPTS


@pytest.mark.parametrize("failure", TRANSIENT, ids=repr)
def test_a_read_is_given_up_after_some_attempts(failure: httpx.Response | Exception) -> None:
    script = Script(*[failure] * 10)

    with pytest.raises(Unavailable):
        listed_by(script)
    assert len(script.times) == ATTEMPTS


def test_each_pause_is_longer_than_the_one_before() -> None:
    script = Script(*[httpx.Response(500)] * ATTEMPTS)

    with pytest.raises(Unavailable):
        listed_by(script)

    first, second, third = script.times
    assert 0.4 <= second - first <= 1.1
    assert 0.9 <= third - second <= 2.1


def test_pauses_are_spread() -> None:
    def second_attempt() -> float:
        script = Script(httpx.Response(500), httpx.Response(200, json=EMPTY_LIST))
        listed_by(script)
        return script.times[1]

    assert len({second_attempt() for _ in range(5)}) > 1


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 406, 409, 410])
def test_a_terminal_refusal_is_not_tried_again(status: int) -> None:
    script = Script(*[httpx.Response(status)] * ATTEMPTS)

    with pytest.raises(ServiceError):
        listed_by(script)
    assert len(script.times) == 1


@pytest.mark.parametrize("fault", ["drop", "malformed-json", "proxy-page"])
async def test_a_read_survives_one_fault_of_the_network(simulator: Simulator, session: Session, fault: str) -> None:
    await session.list_connections(PROJECT, ACCOUNT)
    simulator.fault(fault, "list")

    assert await session.list_connections(PROJECT, ACCOUNT) == []
    assert [call.fault for call in simulator.calls("list")] == [None, fault, None]


async def test_a_read_that_hangs_is_tried_again(simulator: Simulator) -> None:
    atlas = Atlas(simulator.base_url, timeout=httpx.Timeout(10, read=0.3))
    simulator.fault("hang", "list")

    assert await atlas.session(KEY).list_connections(PROJECT, ACCOUNT) == []
    await atlas.aclose()


async def test_a_connection_closed_meanwhile_is_opened_again(simulator: Simulator, session: Session) -> None:
    await session.list_connections(PROJECT, ACCOUNT)
    await simulator.stop()
    await simulator.start()

    assert await session.list_connections(PROJECT, ACCOUNT) == []
