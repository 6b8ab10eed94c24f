"""Checks that the clocks agree: of this machine, the API server, the operator and Atlas."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ..findings import Check, CheckResult, Finding, Group, Outcome

SLACK: Final = 30.0
"""Seconds of difference that count as none: the Date header has whole seconds, and answers take time."""

BROKEN: Final = 300.0
"""Seconds of difference from which services refuse tokens and certificates as expired or not valid yet."""

_OK: Final = CheckResult(Outcome.OK, "The clocks agree to within {seconds} s: {clocks}.")
_OFF: Final = CheckResult(
    Outcome.WARNING,
    "The clock of {clock} is {seconds} s {direction} that of {reference}.",
    "Synchronize it (NTP): expiry times of requests, which Atlas reports by its own clock, are off by this much.",
)
_FAR_OFF: Final = CheckResult(
    Outcome.FAILED,
    "The clock of {clock} is {seconds} s {direction} that of {reference}.",
    "Synchronize it (NTP): services refuse tokens and certificates as expired, or as not valid yet.",
)
_UNKNOWN: Final = CheckResult(
    Outcome.UNKNOWN,
    "The doctor cannot compare this machine's clock: neither the API server nor Atlas has answered with a time.",
    "Fix the connection to the API server and Atlas first.",
)

CLOCKS: Final = Check(
    "clocks",
    Group.KUBERNETES,
    "Clocks",
    "Compares this machine's clock with the Date headers of the API server and of Atlas, and the operator's with the "
    "renewal of its Lease. A difference of up to 30 seconds counts as none.",
    (_OK, _OFF, _FAR_OFF, _UNKNOWN),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One clock, read over the network."""

    clock: str
    """Whose it is, in words: ``Atlas``, ``the API server``."""
    ahead: float
    """Seconds by which it is ahead of this machine's; negative: behind."""


def judge(readings: Sequence[Reading]) -> list[Finding]:
    """Judge the clocks. The clock that most others agree with is the reference."""
    if not readings:
        return [CLOCKS.finding(_UNKNOWN)]
    # If two clocks differ, this machine's clock is more likely to be wrong than a service's.
    every = [*readings, Reading("this machine", 0.0)]
    reference = min(every, key=lambda one: sorted(abs(one.ahead - other.ahead) for other in every)[len(every) // 2])
    evidence = {f"{one.clock}, seconds ahead": round(one.ahead, 1) for one in readings}
    findings = [_difference(one, reference, evidence) for one in every if abs(one.ahead - reference.ahead) > SLACK]
    if findings:
        return findings
    most = max(abs(one.ahead - other.ahead) for one in every for other in every)
    names = ", ".join(one.clock for one in every)
    return [CLOCKS.finding(_OK, evidence=evidence, seconds=max(1, round(most)), clocks=names)]


def _difference(one: Reading, reference: Reading, evidence: dict[str, float]) -> Finding:
    ahead = one.ahead - reference.ahead
    result = _FAR_OFF if abs(ahead) > BROKEN else _OFF
    return CLOCKS.finding(
        result,
        subject=one.clock,
        evidence=dict(evidence),
        clock=one.clock,
        seconds=round(abs(ahead)),
        direction="ahead of" if ahead > 0 else "behind",
        reference=reference.clock,
    )
