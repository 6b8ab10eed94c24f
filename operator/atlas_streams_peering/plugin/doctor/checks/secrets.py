"""Checks that a Secret exists, can be read, has the keys, and that its values look right."""

from dataclasses import dataclass
from typing import Final

from ..findings import Check, CheckResult, Finding, Group, Outcome, listed

_OK: Final = CheckResult(Outcome.OK, "Secret {secret} holds {kind}.")
_MISSING: Final = CheckResult(
    Outcome.FAILED,
    "Secret {secret} does not exist; {used_by} needs it.",
    "Create it with the keys {keys} (docs/install.md#create-the-credentials).",
)
_INCOMPLETE: Final = CheckResult(
    Outcome.FAILED,
    "Secret {secret} {problem}; it has {found}.",
    "Write it again with the keys {keys}.",
)
_ODD: Final = CheckResult(
    Outcome.FAILED,
    "A value of Secret {secret} looks wrong: {oddities}.",
    "Write the value again, as the service showed it: without quotes, and encoded once (stringData encodes it).",
)
_FORBIDDEN: Final = CheckResult(
    Outcome.UNKNOWN,
    "Secret {secret} cannot be read: {problem}.",
    "Ask somebody who may `get` it, or give credentials with --credentials-secret or MONGODB_ATLAS_* variables. The "
    "conditions of the objects show whether the operator can use the Secret.",
)
_NONE: Final = CheckResult(
    Outcome.FAILED,
    "{used_by} names no Secret, and the operator has no default credentials for namespace {namespace}.",
    "Set spec.credentialsSecretRef, or config.defaultCredentialsSecret and config.defaultCredentialsNamespaces.",
)

SECRETS: Final = Check(
    "secret",
    Group.ATLAS,
    "Secret",
    "Reads each Secret that an object names, or --credentials-secret, and the default credentials: whether it exists, "
    "has the keys, and whether a value is in quotes, a placeholder, has white space inside or is encoded twice.",
    (_OK, _MISSING, _INCOMPLETE, _ODD, _FORBIDDEN, _NONE),
)
CONFLUENT_SECRETS: Final = Check(
    "confluent-secret",
    Group.CONFLUENT,
    "Secret",
    "The same for the Secrets of ConfluentPeerings, which hold a Cloud API key.",
    SECRETS.results,
)


@dataclass(frozen=True, slots=True)
class SecretFacts:
    """Facts about a Secret, without its values."""

    secret: str
    """Namespace and name."""
    used_by: tuple[str, ...]
    """The objects that name it."""
    keys: str
    """The keys that it needs, in words."""
    namespace: str = ""
    exists: bool = True
    found_keys: tuple[str, ...] = ()
    kind: str = ""
    """What it contains, in words: "an API key"; empty if it is incomplete."""
    problem: str = ""
    """Why it contains no usable credentials, as the rest of a sentence after its name."""
    oddities: str = ""
    forbidden: str = ""
    """Why it cannot be read."""


def judge(check: Check, facts: SecretFacts) -> Finding:
    """Judge a Secret."""
    used_by = listed(list(facts.used_by), most=3) or "the command line"
    words = {"secret": facts.secret, "used_by": used_by, "keys": facts.keys, "namespace": facts.namespace}
    evidence = {"usedBy": facts.used_by[:20], "keys": facts.found_keys}
    if not facts.secret:
        return check.finding(_NONE, subject=used_by, evidence={"usedBy": facts.used_by[:20]}, words=words)
    if facts.forbidden:
        return check.finding(_FORBIDDEN, subject=facts.secret, evidence=evidence, problem=facts.forbidden, words=words)
    if not facts.exists:
        return check.finding(_MISSING, subject=facts.secret, evidence=evidence, words=words)
    if facts.problem:
        found = f"the keys {listed(list(facts.found_keys))}" if facts.found_keys else "no keys"
        return check.finding(
            _INCOMPLETE, subject=facts.secret, evidence=evidence, problem=facts.problem, found=found, words=words
        )
    if facts.oddities:
        return check.finding(_ODD, subject=facts.secret, evidence=evidence, oddities=facts.oddities, words=words)
    return check.finding(_OK, subject=facts.secret, evidence=evidence, kind=facts.kind, words=words)
