"""Calls into the simulator from any thread, carried out on the thread that serves requests."""

import asyncio
import concurrent.futures
import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from atlas_simulator.simulation import Simulation

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class HasSimulation(Protocol):
    """Whatever offers control over a simulation."""

    simulation: Simulation


Controlling = TypeVar("Controlling", bound=HasSimulation)


def on_the_serving_thread(
    method: Callable[Concatenate[Controlling, Arguments], Result],
) -> Callable[Concatenate[Controlling, Arguments], Result]:
    """Run a method where requests are served, so that it never sees a request half done.

    While no event loop runs, and on the serving thread itself, it is simply called.
    """

    @functools.wraps(method)
    def marshalled(self: Controlling, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        loop = self.simulation.loop
        if loop is None or not loop.is_running() or loop is _running_loop():
            return method(self, *args, **kwargs)
        outcome: concurrent.futures.Future[Result] = concurrent.futures.Future()

        def carry_out() -> None:
            try:
                outcome.set_result(method(self, *args, **kwargs))
            except BaseException as error:  # noqa: BLE001 (it is raised in the calling thread)
                outcome.set_exception(error)

        loop.call_soon_threadsafe(carry_out)
        return outcome.result()

    return marshalled


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
