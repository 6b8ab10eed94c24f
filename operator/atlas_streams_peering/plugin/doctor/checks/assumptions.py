"""Checks that Atlas behaves as the operator expects where its documentation leaves the behavior open."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ....atlas.connection_states import CloudState, cloud_state
from ..findings import Check, CheckResult, Finding, Group, Outcome, listed

LOCAL_WORDS: Final = frozenset(
    {
        *("NONE", "SCAN_FAILED", "UPDATE_FAILED", "ACTIVE"),
        *("REQUEST_ACCEPT", "ACCEPT_REQUESTED", "REQUEST_REJECT", "REJECT_REQUESTED"),
        *("REQUEST_DELETE", "DELETE_REQUESTED"),
    }
)
"""The values of `localStatus` in the API's document."""

_REPORT: Final = "Report this with the output of `doctor -o json`: the operator may need a change."

_EMPTY: Final = CheckResult(Outcome.OK, "Atlas answers with an empty list for an AWS account that has no connections.")
_NOT_EMPTY: Final = CheckResult(
    Outcome.WARNING,
    "For an AWS account that has no connections, Atlas does not answer with an empty list: {answer}.",
    "Objects that wait for a first request will report this answer. " + _REPORT,
)
UNKNOWN_ACCOUNT: Final = Check(
    "api-unknown-account",
    Group.ATLAS_API,
    "Unknown account",
    "Lists the connections of the AWS account 000000000000, which has none. The operator expects an empty list.",
    (_EMPTY, _NOT_EMPTY),
)

_REFUSED: Final = CheckResult(
    Outcome.OK, "For a region without a network of the project ({region}), Atlas answers: {answer}."
)
_GIVEN: Final = CheckResult(
    Outcome.WARNING,
    "Atlas gives account details for {region}, although the project has no network container there.",
    _REPORT,
)
_ODD_ANSWER: Final = CheckResult(
    Outcome.WARNING,
    "For a region without a network of the project ({region}), Atlas gives an answer that the operator treats as an "
    "outage: {answer}.",
    _REPORT,
)
REGION_WITHOUT_NETWORK: Final = Check(
    "api-region-without-network",
    Group.ATLAS_API,
    "Region without network",
    "Reads the account details for a region in which the project has no network container. The operator expects a "
    "refusal, which a StreamsAccountDetails reports as RegionNotAvailable.",
    (_REFUSED, _GIVEN, _ODD_ANSWER),
)

_SAME: Final = CheckResult(Outcome.OK, "Atlas treats cloudProvider=AWS like aws.")
_LOWER_ONLY: Final = CheckResult(
    Outcome.OK, "Atlas accepts cloudProvider in lower case only, as the operator writes it: {answer}."
)
PROVIDER_CASE: Final = Check(
    "api-provider-case",
    Group.ATLAS_API,
    "Case of cloudProvider",
    "Reads the account details with cloudProvider=AWS, for a region in which aws works. The operator writes aws.",
    (_SAME, _LOWER_ONLY),
)

_KNOWN: Final = CheckResult(Outcome.OK, "The operator knows every state that Atlas shows: {states}.")
_NEW: Final = CheckResult(
    Outcome.WARNING,
    "Atlas shows states that the operator does not know, and treats as in progress: {states}.",
    _REPORT,
)
_NO_STATES: Final = CheckResult(Outcome.SKIPPED, "Atlas lists no connection, so there is no state to check.")
STATES: Final = Check(
    "api-states",
    Group.ATLAS_API,
    "States",
    "Compares cloudStatus and localStatus of every listed connection with the words that the operator knows. It also "
    "shows which terminal connections Atlas still lists.",
    (_KNOWN, _NEW, _NO_STATES),
)

_GOVERNMENT: Final = CheckResult(
    Outcome.WARNING,
    "{url} is Atlas for Government. MongoDB's own operator does not support stream resources there.",
    "Atlas may refuse requests. " + _REPORT,
)
GOVERNMENT: Final = Check(
    "api-government",
    Group.ATLAS_API,
    "Government",
    "Checks the base URL: nobody has confirmed that Atlas for Government has these endpoints.",
    (_GOVERNMENT,),
)


@dataclass(frozen=True, slots=True)
class Answered:
    """Atlas' answer to one request; the text of a refusal is the client's."""

    given: bool
    """The request succeeded."""
    empty: bool = False
    refusal: str = ""
    transient: bool = False
    """The operator treats the refusal as an outage."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Atlas' answers. None: the doctor made no request."""

    url: str
    unknown_account: Answered | None = None
    region_without_network: tuple[str, Answered] | None = None
    provider_in_capitals: Answered | None = None
    states: Sequence[tuple[str, str]] = ()
    """cloudStatus and localStatus of every row."""


def judge(seen: Behaviour) -> list[Finding]:
    """Judge how Atlas behaves."""
    findings = [GOVERNMENT.finding(_GOVERNMENT, url=seen.url)] if "mongodbgov.com" in seen.url else []
    if (answer := seen.unknown_account) is not None and not answer.transient:
        result = _EMPTY if answer.given and answer.empty else _NOT_EMPTY
        findings.append(UNKNOWN_ACCOUNT.finding(result, answer=answer.refusal or "it lists connections"))
    if seen.region_without_network is not None:
        region, answer = seen.region_without_network
        refused = _ODD_ANSWER if answer.transient else _REFUSED
        result = _GIVEN if answer.given else refused
        findings.append(REGION_WITHOUT_NETWORK.finding(result, region=region, answer=answer.refusal))
    if (answer := seen.provider_in_capitals) is not None and not answer.transient:
        findings.append(PROVIDER_CASE.finding(_SAME if answer.given else _LOWER_ONLY, answer=answer.refusal))
    return [*findings, _states(seen.states)]


def _states(states: Sequence[tuple[str, str]]) -> Finding:
    if not states:
        return STATES.finding(_NO_STATES)
    pairs = sorted({f"{cloud or 'none'}/{local or 'none'}" for cloud, local in states})
    new = sorted(
        {cloud for cloud, _ in states if cloud and cloud_state(cloud) is CloudState.UNKNOWN}
        | {local for _, local in states if local and local.upper() not in LOCAL_WORDS}
    )
    result, shown = (_NEW, new) if new else (_KNOWN, pairs)
    return STATES.finding(result, evidence={"states": tuple(pairs)}, states=listed(shown, most=12))
