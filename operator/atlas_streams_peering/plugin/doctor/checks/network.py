"""Checks of the route to a service: base URL, proxy, certificate authorities, and whether the service answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ....transport.probe import Probe
from ....transport.proxy import WrongVariableError
from ....transport.route import proxy_of
from ...failures import seen_from_here
from ..findings import Check, CheckResult, Evidence, Finding, Group, Outcome
from ..installation import Installation

_VARIABLES: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")

_WAY: Final = CheckResult(Outcome.OK, "The operator reaches {service} at {url}, {way}.")
_WRONG: Final = CheckResult(
    Outcome.FAILED,
    "The operator cannot start: {problem}.",
    "Correct the variable in extraEnv of the chart, or in the Deployment (docs/configuration.md).",
)

OPERATOR_NETWORK: Final = Check(
    "operator-network",
    Group.OPERATOR,
    "Proxy and CA",
    "Reads the base URLs and the variables for a proxy and for certificate authorities of the operator's Deployment. "
    "To check that the operator's pods reach the service, run `helm test`.",
    (_WAY, _WRONG),
)

_ANSWERS: Final = CheckResult(Outcome.OK, "{service} answers this machine at {url}{way}.")
_NO_ANSWER: Final = CheckResult(
    Outcome.FAILED,
    "This machine cannot reach {service}: {problem}.",
    "If only this machine is affected, the operator may still reach it: `helm test` checks that from the cluster.",
)
_INTERMEDIARY: Final = CheckResult(
    Outcome.FAILED,
    "Something other than {service} answers at {url}: {problem}.",
    "Check ATLAS_BASE_URL and CONFLUENT_BASE_URL (config.atlasBaseUrl, config.confluentBaseUrl), the proxy and the "
    "firewall.",
)
_NOT_LIKE_IT: Final = CheckResult(
    Outcome.FAILED,
    "The server at {url} does not behave like {service}: without credentials it answers with HTTP {status}, not "
    "with the challenge of {service}.",
    "Check the base URL: the operator adds the paths of the API, such as /api/atlas/v2.",
)
_WRONG_HERE: Final = CheckResult(
    Outcome.FAILED,
    "This machine cannot make a request to {service}: {problem}.",
    "Correct the variable in your shell.",
)


def _reachability(id_: str, group: Group, service: str) -> Check:
    return Check(
        id_,
        group,
        "Reachable",
        f"Makes one request without credentials from this machine to {service}, through the proxy that your shell "
        f"names, and checks that {service} answers.",
        (_ANSWERS, _NO_ANSWER, _INTERMEDIARY, _NOT_LIKE_IT, _WRONG_HERE),
    )


ATLAS_REACHABLE: Final = _reachability("atlas-reachable", Group.ATLAS, "Atlas")
CONFLUENT_REACHABLE: Final = _reachability("confluent-reachable", Group.CONFLUENT, "Confluent Cloud")


@dataclass(frozen=True, slots=True)
class Reached:
    """The result of a request without credentials to a service."""

    service: str
    url: str
    proxy: str = ""
    """Host and port of the proxy, and its variable; empty: none."""
    probe: Probe | None = None
    wrong_variable: str = ""
    """Why no request can be made."""


def judge_operator(one: Installation, urls: Mapping[str, str]) -> list[Finding]:
    """Judge the variables of an operator. `urls`: base URL by service."""
    findings = []
    set_here = tuple(name for name in _VARIABLES if name in one.variables or name.lower() in one.variables)
    for service, url in urls.items():
        try:
            proxy = proxy_of(url, one.variables)
        except WrongVariableError as error:
            return [OPERATOR_NETWORK.finding(_WRONG, subject=one.key, problem=error)]
        way = f"through the proxy {proxy.address} ({proxy.variable})" if proxy else "without a proxy"
        authorities = next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if one.variables.get(name)), "")
        if authorities:
            way += f", and trusts the authorities of {authorities}"
        findings.append(
            OPERATOR_NETWORK.finding(
                _WAY, subject=one.key, evidence={"variables": set_here}, service=service, url=url, way=way
            )
        )
    return findings


def judge(check: Check, reached: Reached) -> Finding:
    """Judge the answer from the base URL of a service."""
    words = {"service": reached.service, "url": reached.url}
    if reached.wrong_variable or reached.probe is None:
        return check.finding(_WRONG_HERE, problem=reached.wrong_variable, words=words)
    probe = reached.probe
    evidence: dict[str, Evidence] = {"url": reached.url}
    if reached.proxy:
        evidence["proxy"] = reached.proxy
    if probe.status is not None:
        evidence["statusWithoutCredentials"] = probe.status
    if probe.problem is not None:
        return check.finding(_NO_ANSWER, evidence=evidence, problem=seen_from_here(probe.problem), words=words)
    if probe.intermediary is not None:
        return check.finding(_INTERMEDIARY, evidence=evidence, problem=probe.intermediary, words=words)
    if probe.status is not None and probe.status < 500 and not _like_it(check, probe):
        return check.finding(_NOT_LIKE_IT, evidence=evidence, status=probe.status, words=words)
    way = f", through the proxy {reached.proxy}" if reached.proxy else ""
    return check.finding(_ANSWERS, evidence=evidence, way=way, words=words)


def _like_it(check: Check, probe: Probe) -> bool:
    """Without credentials, Atlas answers with a digest challenge, Confluent Cloud with a 401 or 403 as JSON."""
    if probe.status == 429:
        return True
    if check is ATLAS_REACHABLE:
        return probe.status == 401 and probe.challenge == "digest"
    return probe.status in (401, 403)
