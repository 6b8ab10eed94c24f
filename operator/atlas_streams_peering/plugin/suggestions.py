"""Suggestions for shell completion: contexts, namespaces, objects and connections.

If the plugin cannot make suggestions, it makes none and prints no error, which would disturb the command line.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, TypeAlias

import click
from click.shell_completion import CompletionItem

from ..kinds.resources import KINDS
from .failures import failure_of
from .invocation import Invocation
from .objects import read_objects

_PATIENCE: Final = 5.0
"""Seconds after which the completion gives up."""

Suggest: TypeAlias = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
Find: TypeAlias = Callable[[Invocation], Awaitable[Iterable[tuple[str, str]]]]
"""Returns suggestions, each with a description."""


def suggesting(find: Find) -> Suggest:
    """Return the `shell_complete` of a parameter."""

    def suggest(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        invocation = Invocation.of(dict(ctx.params))
        try:
            found = asyncio.run(_found(invocation, find))
        except Exception as error:
            if isinstance(error, TimeoutError) or failure_of(error) is not None:
                return []
            raise
        return [CompletionItem(word, help=text or None) for word, text in found if word.startswith(incomplete)]

    return suggest


async def contexts(invocation: Invocation) -> Iterable[tuple[str, str]]:
    """Return the contexts of the kubeconfig."""
    return [(name, "") for name in invocation.user.contexts()]


async def namespaces(invocation: Invocation) -> Iterable[tuple[str, str]]:
    """Return the namespaces of the cluster."""
    api = await invocation.kubernetes()
    return [(str(body["metadata"]["name"]), "") async for body in api.list_all("/api/v1/namespaces")]


async def objects(invocation: Invocation) -> Iterable[tuple[str, str]]:
    """Return the objects in the namespace, as ``svp/kafka``, with the reason of each."""
    read, short = await read_objects(invocation), {kind.kind: kind.short_names[0] for kind in KINDS}
    own = [body for body in read.all if body["metadata"]["namespace"] == invocation.namespace]
    return [(f"{short[body['kind']]}/{body['metadata']['name']}", _reason(body)) for body in own]


def _reason(body: Any) -> str:
    conditions = (body.get("status") or {}).get("conditions") or ()
    return next((str(one.get("reason") or "") for one in conditions if one.get("type") == "Ready"), "")


async def _found(invocation: Invocation, find: Find) -> Iterable[tuple[str, str]]:
    async with invocation, asyncio.timeout(_PATIENCE):
        return await find(invocation)
