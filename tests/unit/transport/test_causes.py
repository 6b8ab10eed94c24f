"""Why there was no answer: each cause is told apart, with the address and what to check, and without a secret."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from atlas_streams_peering.transport.causes import no_answer
from atlas_streams_peering.transport.route import Route, route_to

OURS = Path(__file__).with_name("localhost.pem")
TIMEOUT = httpx.Timeout(15, connect=5)
CLOSED = "127.0.0.1:1"
"""A port on which nothing listens."""


@asynccontextmanager
async def server(answer: bytes | None, *, tls: bool = False) -> AsyncIterator[int]:
    """Answer every request so, or never, and yield the port. Without bytes, the connection is only closed."""
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(OURS)
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.read(1)
        if answer is not None:
            writer.write(answer)
            writer.close()

    running = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield running.sockets[0].getsockname()[1]
    finally:
        running.close()
        for writer in writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


async def said(base_url: str, limits: httpx.Timeout = TIMEOUT, **environment: str) -> str:
    """Make a request that fails, and return why."""
    route = route_to(base_url, environment)
    async with route.client(timeout=limits) as client:
        try:
            answer = await client.get("/")
        except httpx.HTTPError as error:
            return no_answer(error, route, limits)
    raise AssertionError(f"there was an answer: {answer}")


async def test_a_name_that_does_not_resolve() -> None:
    assert await said("https://atlas.invalid") == (
        "no answer from atlas.invalid:443 (the name atlas.invalid does not resolve); "
        "check the name, and the DNS of the cluster"
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_closed_port(host: str) -> None:
    assert await said(f"https://{host}:1") == (
        f"no answer from {host}:1 (the port refuses connections); "
        "check the base URL and the egress rules of the cluster"
    )


async def test_a_closed_port_of_a_name_with_an_address_that_no_route_leads_to(monkeypatch: pytest.MonkeyPatch) -> None:
    async def addresses(*_: Any, **__: Any) -> list[Any]:
        # Linux has no route for TCP to a multicast address.
        unreachable = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("ff02::1", 1, 0, 0))
        closed = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))
        return [unreachable, closed]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", addresses)

    assert await said("https://atlas.example:1") == (
        "no answer from atlas.example:1 (the port refuses connections); "
        "check the base URL and the egress rules of the cluster"
    )


async def test_a_certificate_that_is_not_trusted() -> None:
    async with server(b"", tls=True) as port:
        assert await said(f"https://localhost:{port}") == (
            f"no answer from localhost:{port} (the certificate is not trusted: self-signed certificate); "
            "if you trust the authority of what answers, set SSL_CERT_FILE to a bundle that contains it"
        )


async def test_a_certificate_that_the_variable_makes_trusted() -> None:
    async with server(b"HTTP/1.1 204 No Content\r\n\r\n", tls=True) as port:
        route = route_to(f"https://localhost:{port}", {"SSL_CERT_FILE": str(OURS)})
        async with route.client() as client:
            assert (await client.get("/")).status_code == 204


async def test_a_certificate_for_another_name() -> None:
    async with server(b"", tls=True) as port:
        text = await said(f"https://127.0.0.1:{port}", SSL_CERT_FILE=str(OURS))
    assert "(the certificate is for another name); check the base URL" in text


async def test_a_port_that_speaks_no_tls() -> None:
    async with server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        text = await said(f"https://127.0.0.1:{port}")
    assert "(no TLS connection: " in text
    assert text.endswith("check that this port speaks https")


async def test_a_connection_that_is_closed() -> None:
    async with server(b"") as port:
        text = await said(f"http://127.0.0.1:{port}")
    assert "(the connection was closed before an answer came); if this goes on" in text


async def test_nothing_comes() -> None:
    async with server(None) as port:
        text = await said(f"http://127.0.0.1:{port}", httpx.Timeout(5, read=0.1))
    assert text == f"no answer from 127.0.0.1:{port} (nothing came within 0.1 s)"


class TestThroughAProxy:
    """The credentials of the proxy, and the words with which it refuses, are in no message."""

    @staticmethod
    async def refused_with(answer: bytes) -> str:
        async with server(answer) as port:
            text = await said("https://atlas.example", HTTPS_PROXY=f"http://user:hunter2@127.0.0.1:{port}")
        assert f"no answer from atlas.example:443 over the proxy 127.0.0.1:{port} (" in text
        assert "hunter2" not in text
        return text

    async def test_that_wants_a_password(self) -> None:
        text = await self.refused_with(b"HTTP/1.1 407 hunter2 is wrong\r\nContent-Length: 0\r\n\r\n")
        assert "(the proxy wants a user name and a password: HTTP 407)" in text
        assert text.endswith("check the user name and the password in HTTPS_PROXY")

    @pytest.mark.parametrize("status", [403, 502, 503])
    async def test_that_refuses(self, status: int) -> None:
        text = await self.refused_with(b"HTTP/1.1 %d hunter2\r\nContent-Length: 0\r\n\r\n" % status)
        assert f"(the proxy refuses to connect: HTTP {status}); allow atlas.example:443 in the proxy" in text

    async def test_that_closes_the_connection(self) -> None:
        assert "closed before an answer came" in await self.refused_with(b"")

    async def test_that_is_not_there(self) -> None:
        assert await said("https://atlas.example", ALL_PROXY=f"http://user:hunter2@{CLOSED}") == (
            f"no answer from atlas.example:443 over the proxy {CLOSED} (the proxy refuses connections); "
            "check ALL_PROXY and the egress rules of the cluster"
        )

    async def test_whose_name_does_not_resolve(self) -> None:
        text = await said("https://atlas.example", https_proxy="http://user:hunter2@proxy.invalid:3128")
        assert "(the name proxy.invalid does not resolve)" in text
        assert "hunter2" not in text

    async def test_whose_certificate_the_variable_makes_trusted(self) -> None:
        answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
        async with server(answer, tls=True) as port:
            proxy = f"https://localhost:{port}"
            trusted = await said("https://atlas.example", HTTPS_PROXY=proxy, SSL_CERT_FILE=str(OURS))
            untrusted = await said("https://atlas.example", HTTPS_PROXY=proxy)
        assert "HTTP 403" in trusted
        assert "(the certificate is not trusted: self-signed certificate)" in untrusted
        assert "the authority of your proxy" in untrusted


def expired() -> httpx.ConnectError:
    cause = ssl.SSLCertVerificationError(1, "certificate verify failed")
    cause.verify_code, cause.verify_message = 10, "certificate has expired"
    error = httpx.ConnectError("certificate verify failed")
    error.__cause__ = cause
    return error


def several(*causes: OSError) -> httpx.ConnectError:
    error, attempts = httpx.ConnectError("All connection attempts failed"), OSError("All connection attempts failed")
    error.__cause__, attempts.__cause__ = attempts, ExceptionGroup("multiple connection attempts failed", causes)
    return error


RARE = [
    (expired(), "the certificate has expired"),
    (several(OSError(113, "x"), ConnectionRefusedError(111, "x")), "no route to host"),
    (several(OSError(101, "x")), "network is unreachable"),
    (httpx.ConnectTimeout("hunter2"), "no connection within 5 s"),
    (httpx.ReadTimeout("hunter2"), "nothing came within 15 s"),
    (httpx.TimeoutException("hunter2"), "the answer was not complete within 120 s"),
    (httpx.ConnectError("hunter2"), "(no connection); check the base URL and the egress rules"),
    (httpx.ReadError("hunter2"), "the connection was closed"),
    (httpx.ProxyError("hunter2"), "the proxy refuses to connect)"),
    (httpx.DecodingError("hunter2"), "(DecodingError)"),
    (KeyError("hunter2"), "(KeyError)"),
]


@pytest.mark.parametrize(("error", "said"), RARE, ids=[type(error).__name__ for error, _ in RARE])
def test_what_a_test_cannot_bring_about(error: Exception, said: str) -> None:
    route: Route = route_to("https://atlas.example", {})

    text = no_answer(error, route, TIMEOUT)

    assert text.startswith("no answer from atlas.example:443 (")
    assert said in text
    assert "hunter2" not in text
