"""One run of a command: its cluster, its credentials and its output."""

import os
import sys
from dataclasses import dataclass, field
from typing import Any, Self

import click

from ..atlas.client import Atlas
from ..kube.api import KubernetesApi
from ..kube.user import User
from ..settings import checked_url
from .exit_codes import ExitCode
from .failures import Failure
from .output import Format, Listing, printable, render


@dataclass(kw_only=True)
class Invocation:
    """The state that all commands share. It connects on first use, and closes its connections at the end.

    ::

        async with invocation:
            api = await invocation.kubernetes()
            session = invocation.atlas().session(credentials)
    """

    user: User = field(default_factory=User)
    namespace_given: str | None = None
    """The value of ``--namespace``."""
    all_namespaces: bool = False
    output: Format = Format.TABLE
    project: str | None = None
    """ID of the Atlas project that ``--project`` or MONGODB_ATLAS_PROJECT_ID names."""
    credentials_secret: str | None = None
    """The value of ``--credentials-secret``: NAME, or NAMESPACE/NAME."""
    atlas_base_url: str = ""
    """Empty: Atlas' public one."""
    _api: KubernetesApi | None = field(default=None, init=False)
    _atlas: Atlas | None = field(default=None, init=False)

    @classmethod
    def of(cls, given: dict[str, Any]) -> "Invocation":
        """Take the shared options out of the options of the command line."""
        return cls(
            user=User(given.pop("kubeconfig", None), given.pop("context", None)),
            namespace_given=given.pop("namespace", None),
            all_namespaces=given.pop("all_namespaces", None) or False,
            output=Format(given.pop("output", None) or Format.TABLE),
            project=given.pop("project", None),
            credentials_secret=given.pop("credentials_secret", None),
            atlas_base_url=given.pop("atlas_base_url", None) or "",
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._atlas is not None:
            await self._atlas.aclose()
        if self._api is not None:
            await self._api.close()

    # -- who is asked

    @property
    def namespace(self) -> str:
        """The namespace of ``--namespace``, else that of the kubeconfig's context."""
        return self.namespace_given or self.user.namespace()

    async def kubernetes(self) -> KubernetesApi:
        """Return the Kubernetes API of the person's kubeconfig.

        Raises
        ------
        KubernetesError
        """
        if self._api is None:
            self._api = await self.user.connect()
        return self._api

    def atlas(self) -> Atlas:
        """Return Atlas; its sessions need credentials (`credentials.find`).

        Raises
        ------
        Failure
            The base URL cannot be used.
        WrongVariableError
        """
        if self._atlas is None:
            plain = os.environ.get("ALLOW_PLAIN_HTTP", "").strip().lower() in ("true", "1", "yes", "on")
            try:
                url = checked_url("atlas_base_url", self.atlas_base_url, plain_allowed=plain)
            except ValueError as error:
                raise Failure(f"{error}.", ExitCode.USAGE) from None
            self._atlas = Atlas(url)
        return self._atlas

    # -- how it answers

    def print(self, listing: Listing) -> None:
        """Print a listing on standard output, in the format of ``--output``."""
        self.write(render(listing, self.output, colour=self.colour))

    def write(self, text: str) -> None:
        """Write text to standard output as it is."""
        click.echo(text, nl=False, color=self.colour)

    def note(self, sentence: str) -> None:
        """Print a note to standard error."""
        click.echo("\n".join(printable(line) for line in sentence.splitlines()), err=True)

    @property
    def colour(self) -> bool:
        """Colours are for a terminal only, and not where NO_COLOR is set (https://no-color.org)."""
        return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
