"""The simulator as a server, in the running event loop or in its own thread."""

import asyncio
import threading
from types import TracebackType
from typing import Self, Unpack

from aiohttp import web

from atlas_simulator.clock import Clock
from atlas_simulator.control_routes import ControlRoutes
from atlas_simulator.controls import Controls
from atlas_simulator.request_log import Call, CallProperties, call_filter
from atlas_simulator.settings import Settings
from atlas_simulator.simulation import Simulation

LOOPBACK = "127.0.0.1"


class Simulator(Controls):
    """The simulator in the running event loop: ``async with Simulator() as simulator: …``.

    Parameters
    ----------
    settings
        Copied; :meth:`configure` changes the copy.
    clock
        Simulated time; the default runs at the speed of real time.
    host, port
        Where the simulator listens; port 0 takes a free port, and a restart keeps it.
    record_exchanges
        Whether to keep whole exchanges, to check them against the API's OpenAPI document.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        clock: Clock | None = None,
        host: str = LOOPBACK,
        port: int = 0,
        record_exchanges: bool = False,
    ) -> None:
        own = Settings() if settings is None else settings.detached()
        super().__init__(Simulation(own, clock or Clock(), record_exchanges=record_exchanges))
        self._host = host
        self._port = port
        self._runner: web.ServerRunner | None = None
        self.simulation.gateway.control = ControlRoutes(self).answer

    @property
    def base_url(self) -> str:
        """The URL of the simulator, without a slash at the end."""
        return f"http://{self._host}:{self._port}"

    @property
    def port(self) -> int:
        """The port of the simulator; 0 before the first start when it takes a free port."""
        return self._port

    async def start(self) -> None:
        """Start to listen."""
        gateway = self.simulation.gateway
        gateway.closing = asyncio.Event()
        self.simulation.loop = asyncio.get_running_loop()
        server = web.Server(gateway.serve, handler_cancellation=True, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close every connection and stop listening; the state stays, and :meth:`start` works again."""
        self.simulation.gateway.closing.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self.simulation.loop = None

    async def wait_for_call(
        self,
        /,
        operation: str | None = None,
        *,
        count: int = 1,
        timeout: float = 60,  # noqa: ASYNC109 (the log times out)
        include_challenges: bool = False,
        **properties: Unpack[CallProperties],
    ) -> list[Call]:
        """Wait until the log has ``count`` such calls, and return them.

        ``timeout`` is in real seconds; raises ``TimeoutError``.
        """
        matches = call_filter(operation, include_challenges=include_challenges, **properties)
        return await self.simulation.log.wait(matches, count, timeout)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


class SimulatorThread(Controls):
    """The simulator in its own thread, for tests without an event loop: ``with SimulatorThread() as …``.

    The parameters are those of :class:`Simulator`.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        clock: Clock | None = None,
        host: str = LOOPBACK,
        port: int = 0,
        record_exchanges: bool = False,
    ) -> None:
        self._simulator = Simulator(settings, clock=clock, host=host, port=port, record_exchanges=record_exchanges)
        super().__init__(self._simulator.simulation)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        """The URL of the simulator, without a slash at the end."""
        return self._simulator.base_url

    def start(self) -> None:
        """Start the thread and listen."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="atlas-simulator", daemon=True)
        self._thread.start()
        try:
            self.come_up()
        except BaseException:
            self._end_thread()
            raise

    def stop(self) -> None:
        """Close every connection and end the thread."""
        self.go_down()
        self._end_thread()

    def come_up(self) -> None:
        """Listen again, on the same port, after :meth:`go_down`."""
        loop = self._running()
        asyncio.run_coroutine_threadsafe(self._simulator.start(), loop).result()

    def go_down(self) -> None:
        """Stop listening, so that clients cannot connect; :meth:`come_up` listens again."""
        loop = self._running()
        asyncio.run_coroutine_threadsafe(self._simulator.stop(), loop).result()

    def wait_for_call(
        self,
        /,
        operation: str | None = None,
        *,
        count: int = 1,
        timeout: float = 60,
        include_challenges: bool = False,
        **properties: Unpack[CallProperties],
    ) -> list[Call]:
        """Wait until the log has ``count`` such calls, and return them.

        ``timeout`` is in real seconds; raises ``TimeoutError``.
        """
        loop = self._running()
        waiting = self._simulator.wait_for_call(
            operation, count=count, timeout=timeout, include_challenges=include_challenges, **properties
        )
        return asyncio.run_coroutine_threadsafe(waiting, loop).result()

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise RuntimeError("the simulator's thread is not running")
        return self._loop

    def _end_thread(self) -> None:
        loop = self._running()
        loop.call_soon_threadsafe(loop.stop)
        if self._thread is not None:
            self._thread.join()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        self._loop = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
