"""``wait``: wait for a condition of objects, with what happens meanwhile."""

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
from .verdicts import DELETED, Outcome, Target, Verdict, seconds, target_of, verdict

_PAUSE: Final = 1.0
"""Seconds between two looks at the objects."""

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
    help="What to wait for. requested: this side is done, and the other side has to accept.",
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

    The command tells on standard error what each object is waiting for. Unlike kubectl wait, it ends as soon as an
    object is Stalled, because then somebody has to act (exit code 6). A timeout ends it with exit code 7.
    """
    verdicts = await watch(invocation, objects, _WANTED[wanted], patience=patience, through_stalled=through_stalled)
    invocation.print(_listing(invocation.namespace, wanted, verdicts))
    missing = [one for one, said in verdicts.items() if said.outcome is Outcome.GONE]
    if missing:
        raise Failure(f"There is no {missing[0]} in namespace {invocation.namespace}.", ExitCode.NOT_FOUND)
    outcomes = {said.outcome for said in verdicts.values()}
    if Outcome.STALLED in outcomes and not through_stalled:
        return ExitCode.STALLED
    return ExitCode.DONE if outcomes == {Outcome.REACHED} else ExitCode.TIMEOUT


async def watch(
    invocation: Invocation, objects: Sequence[Target], wanted: str, *, patience: float, through_stalled: bool
) -> dict[Target, Verdict]:
    """Look at the objects until each has come to an end, or the time is over; tell what changes meanwhile."""
    loop = asyncio.get_running_loop()
    objects = tuple({str(one): one for one in objects}.values())
    started, said = loop.time(), dict[Target, Verdict]()
    going_on = {Outcome.WAITING, Outcome.STALLED} if through_stalled else {Outcome.WAITING}
    while True:
        for one in objects:
            if one in said and said[one].outcome not in going_on:
                continue
            now = await _look(invocation, one, wanted, said.get(one))
            if now != said.get(one):
                after = short(timedelta(seconds=loop.time() - started))
                invocation.note(f"{after:>6}  {one}  {now.reason}: {now.message}".rstrip(": "))
            said[one] = now
        left = patience - (loop.time() - started)
        if left <= 0 or not any(one.outcome in going_on for one in said.values()):
            return said
        await asyncio.sleep(min(_PAUSE, left))


async def _look(invocation: Invocation, target: Target, wanted: str, before: Verdict | None) -> Verdict:
    api = await invocation.kubernetes()
    try:
        body: Mapping[str, Any] | None = await api.get(
            f"{target.kind.path(invocation.namespace)}/{path_segment(target.name)}"
        )
    except KubernetesError as error:
        if error.passing and before is not None:
            return Verdict(Outcome.WAITING, "KubernetesUnavailable", str(error))
        if not error.gone:
            raise
        body = None
    return verdict(body, wanted)


_STYLES: Final = {"reached": Style.GOOD, "stalled": Style.BAD, "gone": Style.BAD, "timeout": Style.WAITING}


def _listing(namespace: str, wanted: str, verdicts: Mapping[Target, Verdict]) -> Listing:
    return Listing(
        items=[
            {
                "kind": one.kind.kind,
                "namespace": namespace,
                "name": one.name,
                "for": wanted,
                "outcome": "timeout" if said.outcome is Outcome.WAITING else said.outcome.value,
                "reason": said.reason,
                "message": said.message,
            }
            for one, said in verdicts.items()
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
