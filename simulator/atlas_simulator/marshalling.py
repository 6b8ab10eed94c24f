"""Runs calls from any thread on the thread that serves requests."""

import asyncio
import concurrent.futures
import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from atlas_simulator.simulation import Simulation

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class HasSimulation(Protocol):
    """A class that controls a simulation."""

    simulation: Simulation


Controlling = TypeVar("Controlling", bound=HasSimulation)


def on_the_serving_thread(
    method: Callable[Concatenate[Controlling, Arguments], Result],
) -> Callable[Concatenate[Controlling, Arguments], Result]:
    """Run a method on the serving thread, so that it never runs in the middle of a request.

    Without a running event loop, and on the serving thread itself, the method runs at once.
    """

    @functools.wraps(method)
    def marshalled(self: Controlling, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        loop = self.simulation.loop
        if loop is None or not loop.is_running() or loop is _running_loop():
            return method(self, *args, **kwargs)
        outcome: concurrent.futures.Future[Result] = concurrent.futures.Future()

        def run() -> None:
            try:
                outcome.set_result(method(self, *args, **kwargs))
            except BaseException as error:  # noqa: BLE001 (raised again in the calling thread)
                outcome.set_exception(error)

        loop.call_soon_threadsafe(run)
        return outcome.result()

    return marshalled


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
