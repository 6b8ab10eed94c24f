"""One run: gather the facts, judge them, and make the report. It changes nothing."""

import asyncio
import os
from contextlib import suppress
from datetime import UTC, datetime

from ... import __version__
from ...api.times import format_time
from ...polling.poll import SecretKey
from ...settings import Settings, checked_url
from ...transport.proxy import WrongVariableError
from ..credentials import from_variables, secret_given
from ..exit_codes import ExitCode
from ..failures import Failure
from ..invocation import Invocation
from .checks import clocks
from .cluster_examination import ClusterExamination, ClusterFacts
from .findings import Finding
from .redaction import Redaction
from .report import Operator, Report
from .scope import Scope
from .service_examination import Given, ServiceExamination
from .targets import Targets, targets_of


class Examination:
    """Examines an installation and the objects in a scope."""

    def __init__(
        self,
        invocation: Invocation,
        scope: Scope,
        *,
        patience: float,
        operator_namespace: str | None = None,
        atlas_base_url: str | None = None,
        confluent_base_url: str | None = None,
    ) -> None:
        self._invocation, self._scope, self._patience = invocation, scope, patience
        self._operator_namespace = operator_namespace
        self._atlas_base_url, self._confluent_base_url = atlas_base_url, confluent_base_url
        self._redaction = Redaction()
        self._findings: list[Finding] = []
        self._cluster = ClusterFacts()

    async def report(self) -> Report:
        """Examine everything, and return the report, which contains no secret.

        Raises
        ------
        Failure
            The command line or a variable is wrong.
        """
        given = self._given()
        self._check_urls()
        kubernetes = ClusterExamination(self._invocation, self._cluster, self._findings)
        await kubernetes.examine(self._operator_namespace)
        seen = self._scope.of(self._cluster.objects)
        kubernetes.judge_objects(self._scope, seen)
        targets = targets_of(
            seen, self._cluster.defaults, given=isinstance(given, SecretKey), project=self._invocation.project
        )
        await asyncio.gather(
            kubernetes.examine_operators(targets, self._patience), self._examine_services(targets, given)
        )
        self._findings += clocks.judge(self._cluster.readings)
        return Report.of(
            (self._redaction.clean(finding) for finding in self._findings),
            time=format_time(datetime.now(UTC)),
            plugin_version=__version__,
            kubernetes_version=self._cluster.version,
            operators=(
                Operator(namespace=one.namespace, name=one.name, version=one.version, image=one.image)
                for one in self._cluster.installations
            ),
        )

    def _given(self) -> Given:
        """Return the credentials, or the Secret, of the command line or of variables."""
        if self._invocation.credentials_secret:
            return secret_given(self._invocation.credentials_secret, self._invocation.namespace)
        found = from_variables(os.environ)
        return None if found is None else found.credentials

    def _check_urls(self) -> None:
        """Refuse base URLs of the command line that cannot be used."""
        if self._atlas_base_url:
            self._invocation.atlas_base_url = self._atlas_base_url
            with suppress(WrongVariableError):  # another check reports it
                self._atlas_base_url = self._invocation.atlas().base_url
        if self._confluent_base_url:
            try:
                self._confluent_base_url = checked_url(
                    "confluent_base_url", self._confluent_base_url, plain_allowed=False
                )
            except ValueError as error:
                raise Failure(f"{error}.", ExitCode.USAGE) from None

    def _url(self, given: str | None, name: str) -> str:
        """Return a base URL: `given`, else the operator's, else the public one."""
        found = (str(getattr(settings, name)) for settings in self._cluster.settings.values())
        return given or next(found, str(Settings.model_fields[name].default))

    async def _examine_services(self, targets: Targets, given: Given) -> None:
        services = ServiceExamination(targets, given, self._cluster, self._findings, self._redaction)
        # These URLs need no further check: the operator sends the same credentials to them.
        await services.examine(
            self._url(self._atlas_base_url, "atlas_base_url"),
            self._url(self._confluent_base_url, "confluent_base_url"),
        )
