"""Passes connections on from one network namespace to another.

So a cluster in a network namespace of its own needs no address, route or interface of this machine.
"""

import argparse
import asyncio
import ctypes
import os
import socket
from contextlib import suppress
from pathlib import Path

BUFFER = 1 << 16
CLONE_NEWNET = 0x40000000


def enter(namespace: int) -> None:
    """Put this process, which must have one thread, into the network namespace of an open file. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    # os.setns is there only from Python 3.12 on.
    if libc.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def command(listen: str, listen_in: Path, connect: str, connect_in: Path) -> list[str]:
    """Return the arguments for Python that forward from one ``ADDRESS:PORT`` to another, each in its namespace."""
    return ["-c", f"from {__name__} import main; main()", listen, str(listen_in), connect, str(connect_in)]


def main() -> None:
    """Forward until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("listen", type=_address)
    parser.add_argument("listen_in", type=Path)
    parser.add_argument("connect", type=_address)
    parser.add_argument("connect_in", type=Path)
    arguments = parser.parse_args()
    with arguments.listen_in.open() as here, arguments.connect_in.open() as there:
        # A socket stays in the namespace that it was made in.
        enter(here.fileno())
        server = socket.create_server(arguments.listen, backlog=128)
        enter(there.fileno())
    asyncio.run(serve(server, arguments.connect))


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


async def serve(listening: socket.socket, target: tuple[str, int]) -> None:
    """Pass each connection on to the target, until cancelled."""
    tasks = set()  # of which the loop itself keeps no hold

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(task := asyncio.current_task())
        try:
            await _pass_on(reader, writer, target)
        finally:
            tasks.discard(task)

    server = await asyncio.start_server(forward, sock=listening)
    await server.serve_forever()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: tuple[str, int]) -> None:
    try:
        far_reader, far_writer = await asyncio.open_connection(*target)
    except OSError:
        writer.transport.abort()  # as if nobody listened
        return
    try:
        await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
    finally:
        for end in (writer, far_writer):
            end.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes until it ends; then say so, since the other direction may go on."""
    with suppress(OSError):
        while data := await reader.read(BUFFER):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        if reader.exception() is None and writer.can_write_eof():
            writer.write_eof()
            return
    writer.transport.abort()
