"""Requests over connections of aiohttp: each is sent once, and stopped at the last moment."""

import asyncio
import base64
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest

from atlas_streams_peering.transport.connections import FENCE, AiohttpTransport
from atlas_streams_peering.transport.route import route_to

_ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
_OURS: Final = Path(__file__).with_name("localhost.pem")


class Server:
    """Answers the first requests on each connection, and closes the connection at the next one without an answer."""

    def __init__(self, answers: int) -> None:
        self._answers = answers
        self.requests: list[str] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = self._answers
        while head := await self._head(reader):
            self.requests.append(head.split()[0])
            if not left:
                break
            left -= 1
            writer.write(_ANSWER)
        await _closed(writer)

    @staticmethod
    async def _head(reader: asyncio.StreamReader) -> str:
        try:
            return (await reader.readuntil(b"\r\n\r\n")).decode()
        except asyncio.IncompleteReadError:
            return ""


@asynccontextmanager
async def served(answers: int) -> AsyncIterator[tuple[Server, httpx.AsyncClient]]:
    server = Server(answers)
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        transport = AiohttpTransport(ssl.create_default_context())
        async with httpx.AsyncClient(base_url=server.url, transport=transport, trust_env=False) as client:
            yield server, client


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_request_whose_kept_connection_ends_is_not_sent_again(method: str) -> None:
    async with served(answers=1) as (server, client):
        assert (await client.get("/")).json() == {}

        with pytest.raises(httpx.RemoteProtocolError):
            await client.request(method, "/")

        assert server.requests == ["GET", method]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_fence_stops_a_request_when_its_connection_is_there(method: str) -> None:
    class StoppedError(Exception):
        pass

    def stop() -> None:
        raise StoppedError

    async with served(answers=9) as (server, client):
        with pytest.raises(StoppedError):
            await client.request(method, "/", content=b"{}", extensions={FENCE: stop})

        await client.get("/")
        assert server.requests == ["GET"]


async def test_an_answer_that_stays_away_is_a_timeout_of_the_read() -> None:
    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    writers: list[asyncio.StreamWriter] = []
    async with await asyncio.start_server(hang, "127.0.0.1", 0) as listening:
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        async with httpx.AsyncClient(
            transport=AiohttpTransport(ssl.create_default_context()), timeout=httpx.Timeout(20, read=0.05)
        ) as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.get(url)
        for writer in writers:
            writer.close()


async def test_an_answer_that_takes_too_long_in_all_is_no_timeout_of_the_read(monkeypatch: pytest.MonkeyPatch) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        with contextlib.suppress(OSError):
            # The client may close the connection in order, or reset it: then there is no end of file.
            while not (reader.at_eof() or writer.is_closing()):
                writer.write(b"x")
                await asyncio.sleep(0.01)
        await _closed(writer)
        ended.set()

    ended = asyncio.Event()
    monkeypatch.setattr("atlas_streams_peering.transport.connections.LONGEST_REQUEST", 0.1)
    async with await asyncio.start_server(drip, "127.0.0.1", 0) as listening:
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        async with httpx.AsyncClient(transport=AiohttpTransport(ssl.create_default_context())) as client:
            with pytest.raises(httpx.TimeoutException) as failure:
                await client.get(url)
        await ended.wait()

    assert not isinstance(failure.value, httpx.ReadTimeout)


async def test_what_refuses_a_connection_is_the_cause() -> None:
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
    async with httpx.AsyncClient(transport=AiohttpTransport(ssl.create_default_context())) as client:
        with pytest.raises(httpx.ConnectError) as failure:
            await client.get(f"http://127.0.0.1:{port}")

    assert isinstance(failure.value.__cause__, ConnectionRefusedError)


class Proxy:
    """A proxy that leads every tunnel to one port, and answers what comes without a tunnel itself."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.heads: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tasks.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        if not self.heads[-1].startswith("CONNECT"):
            writer.write(_ANSWER)
            await reader.read()
            await _closed(writer)
            return
        from_service, to_service = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(_pass_on(reader, to_service), _pass_on(from_service, writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
    await _closed(writer)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@pytest.mark.parametrize("proxy_scheme", ["http", "https"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_leads_to_the_service_and_gets_the_user_name_and_password(scheme: str, proxy_scheme: str) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(_OURS)
    service = Server(answers=9)
    async with await asyncio.start_server(service.serve, "127.0.0.1", 0, ssl=tls) as listening:
        proxy = Proxy(listening.sockets[0].getsockname()[1])
        of_proxy = tls if proxy_scheme == "https" else None
        async with await asyncio.start_server(proxy.accept, "127.0.0.1", 0, ssl=of_proxy) as proxying:
            address = f"{proxy_scheme}://us%40er:pa%3Ass@localhost:{proxying.sockets[0].getsockname()[1]}"
            environment = {"HTTPS_PROXY": address, "HTTP_PROXY": address, "SSL_CERT_FILE": str(_OURS)}
            async with route_to(f"{scheme}://localhost", environment).client() as client:
                assert (await client.post("/a%2Fb?c=1", content=b"{}")).json() == {}
            await asyncio.gather(*proxy.tasks)

    (head,) = proxy.heads
    assert head.startswith("CONNECT localhost:443 " if scheme == "https" else "POST http://localhost/a%2Fb?c=1 ")
    assert f"Proxy-Authorization: Basic {base64.b64encode(b'us@er:pa:ss').decode()}\r\n" in head
    assert service.requests == (["POST"] if scheme == "https" else [])


class Babbler:
    """Answers each request with its number, and says more than it was asked, or closes the connection, when told."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while True:
                self.requests.append((await reader.readuntil(b"\r\n\r\n")).split()[0].decode())
                self.say(len(self.writers) - 1, str(len(self.requests)))
        await _closed(writer)

    def say(self, connection: int, text: str) -> None:
        """Send an answer, which is on its way when this returns."""
        self.writers[connection].write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())


@asynccontextmanager
async def babbled(tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[Babbler, httpx.AsyncClient]]:
    babbler = Babbler()
    async with await asyncio.start_server(babbler.serve, "127.0.0.1", 0, ssl=tls) as listening:
        url = f"http{'s' if tls else ''}://localhost:{listening.sockets[0].getsockname()[1]}"
        async with route_to(url, {"SSL_CERT_FILE": str(_OURS)}).client() as client:
            yield babbler, client


def _tls_of_server() -> ssl.SSLContext:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(_OURS)
    return tls


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("is_read", [True, False])
@pytest.mark.parametrize("encrypted", [True, False])
async def test_an_answer_that_comes_unasked_is_not_taken_for_the_next(
    encrypted: bool, is_read: bool, method: str
) -> None:
    async with babbled(_tls_of_server() if encrypted else None) as (babbler, client), served(answers=1) as (_, other):
        assert (await client.get("/")).text == "1"

        babbler.say(0, "unasked")
        if is_read:
            await other.get("/")  # meanwhile, what was said has come
        answer = await client.request(method, "/")

        assert answer.text == "2"
        assert babbler.requests == ["GET", method]


@pytest.mark.parametrize("encrypted", [True, False])
async def test_a_kept_connection_that_the_service_has_just_closed_is_not_used(encrypted: bool) -> None:
    async with babbled(_tls_of_server() if encrypted else None) as (babbler, client):
        assert (await client.get("/")).text == "1"

        babbler.writers[0].get_extra_info("socket").shutdown(socket.SHUT_WR)
        answer = await client.delete("/")

        assert answer.text == "2"


@pytest.mark.parametrize("encrypted", [True, False])
async def test_a_connection_serves_one_request_after_the_other(encrypted: bool) -> None:
    async with babbled(_tls_of_server() if encrypted else None) as (babbler, client):
        assert [(await client.get("/")).text for _ in range(5)] == list("12345")
        assert len(babbler.writers) == 1


async def test_over_tls_the_transport_asks_for_http_1_1() -> None:
    tls = _tls_of_server()
    tls.set_alpn_protocols(["h2", "http/1.1"])
    async with babbled(tls) as (babbler, client):
        await client.get("/")

        assert babbler.writers[0].get_extra_info("ssl_object").selected_alpn_protocol() == "http/1.1"
