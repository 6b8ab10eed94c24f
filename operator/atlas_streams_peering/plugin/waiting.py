"""``wait``: wait for a condition of objects, and report each change meanwhile."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import click

from ..api.conditions import ConditionType
from ..kube.api import KubernetesError, path_segment
from . import suggestions
from .ages import short
from .exit_codes import ExitCode
from .failures import Failure
from .invocation import Invocation
from .options import cluster_options, invoked, output_option
from .output import Cell, Column, Listing, Style
from .suggestions import suggesting
from .wait_status import DELETED, Outcome, Target, WaitStatus, seconds, target_of, wait_status

_PAUSE: Final = 1.0
"""Seconds between two reads of the objects."""

_WANTED: Final = {
    "ready": ConditionType.READY.value,
    "synced": ConditionType.SYNCED.value,
    "requested": ConditionType.REQUESTED.value,
    "deleted": DELETED,
}


class _Duration(click.ParamType[Any]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        found = seconds(str(value))
        if found is None:
            self.fail(f"{value!r} is no duration such as 90s, 5m or 1h30m", param, ctx)
        return found


class _Object(click.ParamType[Any]):
    name = "object"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Target:
        if isinstance(value, Target):
            return value
        found = target_of(str(value))
        if found is None:
            self.fail(f"{value!r} is no object of the operator, such as svp/kafka", param, ctx)
        return found


@click.command("wait")
@click.argument(
    "objects",
    metavar="[KIND/]NAME...",
    nargs=-1,
    required=True,
    type=_Object(),
    shell_complete=suggesting(suggestions.objects),
)
@click.option(
    "--for",
    "wanted",
    type=click.Choice([*_WANTED]),
    default="ready",
    show_default=True,
    help="Condition to wait for. requested: the request is made, and the other side has to accept it.",
)
@click.option("--timeout", "patience", type=_Duration(), default="10m", show_default=True, help="How long to wait.")
@click.option("--through-stalled", is_flag=True, help="Go on waiting while an object is Stalled.")
@cluster_options
@output_option()
@invoked
async def wait(
    invocation: Invocation, *, objects: tuple[Target, ...], wanted: str, patience: float, through_stalled: bool
) -> ExitCode:
    """Wait until objects are Ready, or meet another condition. A NAME alone is a StreamsVpcPeering.

    The command prints each change of an object's reason to standard error. Unlike kubectl wait, it ends with exit code
    6 as soon as an object is Stalled, because somebody has to act. After the timeout, it ends with exit code 7.
    """
    statuses = await watch(invocation, objects, _WANTED[wanted], patience=patience, through_stalled=through_stalled)
    invocation.print(_listing(invocation.namespace, wanted, statuses))
    missing = [one for one, status in statuses.items() if status.outcome is Outcome.GONE]
    if missing:
        raise Failure(f"There is no {missing[0]} in namespace {invocation.namespace}.", ExitCode.NOT_FOUND)
    outcomes = {status.outcome for status in statuses.values()}
    if Outcome.STALLED in outcomes and not through_stalled:
        return ExitCode.STALLED
    return ExitCode.DONE if outcomes == {Outcome.REACHED} else ExitCode.TIMEOUT


async def watch(
    invocation: Invocation, objects: Sequence[Target], wanted: str, *, patience: float, through_stalled: bool
) -> dict[Target, WaitStatus]:
    """Poll the objects until each is done or the time is over, and print each change."""
    loop = asyncio.get_running_loop()
    objects = tuple({str(one): one for one in objects}.values())
    started, status = loop.time(), dict[Target, WaitStatus]()
    going_on = {Outcome.WAITING, Outcome.STALLED} if through_stalled else {Outcome.WAITING}
    while True:
        for one in objects:
            if one in status and status[one].outcome not in going_on:
                continue
            now = await _look(invocation, one, wanted, status.get(one))
            if now != status.get(one):
                after = short(timedelta(seconds=loop.time() - started))
                invocation.note(f"{after:>6}  {one}  {now.reason}: {now.message}".rstrip(": "))
            status[one] = now
        left = patience - (loop.time() - started)
        if left <= 0 or not any(one.outcome in going_on for one in status.values()):
            return status
        await asyncio.sleep(min(_PAUSE, left))


async def _look(invocation: Invocation, target: Target, wanted: str, before: WaitStatus | None) -> WaitStatus:
    api = await invocation.kubernetes()
    try:
        body: Mapping[str, Any] | None = await api.get(
            f"{target.kind.path(invocation.namespace)}/{path_segment(target.name)}"
        )
    except KubernetesError as error:
        if error.passing and before is not None:
            return WaitStatus(Outcome.WAITING, "KubernetesUnavailable", str(error))
        if not error.gone:
            raise
        body = None
    return wait_status(body, wanted)


_STYLES: Final = {"reached": Style.GOOD, "stalled": Style.BAD, "gone": Style.BAD, "timeout": Style.WAITING}


def _listing(namespace: str, wanted: str, statuses: Mapping[Target, WaitStatus]) -> Listing:
    return Listing(
        items=[
            {
                "kind": one.kind.kind,
                "namespace": namespace,
                "name": one.name,
                "for": wanted,
                "outcome": "timeout" if status.outcome is Outcome.WAITING else status.outcome.value,
                "reason": status.reason,
                "message": status.message,
            }
            for one, status in statuses.items()
        ],
        columns=(
            Column("OBJECT", lambda item: f"{item['kind'].lower()}/{item['name']}"),
            Column("FOR", lambda item: str(item["for"])),
            Column("OUTCOME", lambda item: Cell(str(item["outcome"]), _STYLES[str(item["outcome"])])),
            Column("REASON", lambda item: str(item["reason"])),
            Column("MESSAGE", lambda item: str(item["message"] or "-"), wide=True),
        ),
        name=lambda item: f"{item['kind'].lower()}/{item['name']}",
    )
