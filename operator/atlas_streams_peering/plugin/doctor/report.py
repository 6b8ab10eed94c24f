"""The report: all findings in order, their number by outcome, and the worst outcome."""

from collections import Counter
from collections.abc import Iterable

from ...api.base import ApiModel
from ..exit_codes import ExitCode
from .catalogue import CHECKS
from .findings import Finding, Outcome

_ORDER = {check.id: number for number, check in enumerate(CHECKS)}


class Operator(ApiModel):
    """An installation of the operator that the doctor found."""

    namespace: str
    name: str
    version: str | None = None
    image: str | None = None


class Report(ApiModel):
    """The findings of ``doctor``. The report contains no secret, so people can put it into a ticket."""

    outcome: Outcome
    """The worst of the findings: failed, warning or ok."""
    time: str
    """When the report was made, by this machine's clock."""
    plugin_version: str
    kubernetes_version: str | None = None
    operators: tuple[Operator, ...] = ()
    counts: dict[Outcome, int]
    findings: tuple[Finding, ...]

    @classmethod
    def of(
        cls,
        findings: Iterable[Finding],
        *,
        time: str,
        plugin_version: str,
        kubernetes_version: str | None = None,
        operators: Iterable[Operator] = (),
    ) -> "Report":
        """Put findings into the order of the checks, and count them."""
        ordered = tuple(sorted(findings, key=lambda finding: (_ORDER[finding.check], finding.subject)))
        found = Counter(finding.outcome for finding in ordered)
        worst = next((each for each in (Outcome.FAILED, Outcome.WARNING) if found[each]), Outcome.OK)
        return cls(
            outcome=worst,
            time=time,
            plugin_version=plugin_version,
            kubernetes_version=kubernetes_version,
            operators=tuple(operators),
            counts={outcome: found[outcome] for outcome in Outcome},
            findings=ordered,
        )

    @property
    def exit_code(self) -> ExitCode:
        """A warning is not a failure: a script that waits for a healthy installation continues."""
        return ExitCode.FAILED if self.outcome is Outcome.FAILED else ExitCode.DONE
