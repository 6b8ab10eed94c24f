"""The operator as a process: its log, its ports, its exit code."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from . import __version__
from .controller.resync import WentBack
from .health import health_app, metrics_app, serve
from .kube.api import connect
from .logs import configure_logging
from .runtime import EndedError, LeaseLostError, Operator
from .scheduling.ending import Deadline, end_what_is_left
from .scheduling.garbage import collect_garbage_rarely
from .settings import Settings

logger = logging.getLogger(__name__)

_LONGEST_END: Final = 25.0
"""Seconds within which the process exits in any case. Kubernetes kills a pod after 30 seconds, without a log of the
cause."""


async def run_operator(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; return the exit code."""
    configure_logging(settings.log_format, settings.log_level)
    collect_garbage_rarely()
    logger.info(
        "atlas-streams-peering %s, Atlas at %s, Confluent Cloud at %s",
        __version__,
        settings.atlas_base_url,
        settings.confluent_base_url,
    )
    try:
        api = await connect()
    except Exception as error:  # noqa: BLE001  # the library raises many types; one line is enough
        logger.error("Cannot connect to the Kubernetes API: %s", error)  # noqa: TRY400
        return 1
    operator = Operator(settings, api, ending=Deadline(_LONGEST_END).begin)
    operator.listen_to_signals()
    try:
        async with _endpoints(settings, operator):
            return await _run(operator)
    except OSError as error:
        logger.error("Cannot listen on a port: %s", error)  # noqa: TRY400
        return 1
    finally:
        await api.close()
        # The loop would cancel the remaining tasks once, and wait for them forever.
        await end_what_is_left()


async def _run(operator: Operator) -> int:
    try:
        await operator.run()
    except LeaseLostError:
        return 1
    except (EndedError, WentBack) as error:
        logger.error("The operator stops: %s", error)  # noqa: TRY400
        return 1
    except Exception:
        logger.exception("The operator stops after an unexpected error")
        return 1
    logger.info("Stopped")
    return 0


@asynccontextmanager
async def _endpoints(settings: Settings, operator: Operator) -> AsyncIterator[None]:
    runners = []
    if settings.health_port:
        app = health_app(healthy=operator.unhealthy, ready=operator.unready)
        runners.append(await serve(app, settings.health_port))
    if settings.metrics_port:
        runners.append(await serve(metrics_app(operator.metrics.registry), settings.metrics_port))
    try:
        yield
    finally:
        for runner in runners:
            await runner.cleanup()
