"""What a check reports, in short."""

from collections.abc import Iterable

from atlas_streams_peering.plugin.doctor.findings import Finding


def reported(findings: Finding | Iterable[Finding]) -> list[tuple[str, str]]:
    """Return the outcome and the sentence of each finding."""
    every = [findings] if isinstance(findings, Finding) else findings
    return [(one.outcome.value, one.sentence) for one in every]


def outcomes(findings: Finding | Iterable[Finding]) -> list[tuple[str, str]]:
    """Return the check and the outcome of each finding."""
    every = [findings] if isinstance(findings, Finding) else findings
    return [(one.check, one.outcome.value) for one in every]
