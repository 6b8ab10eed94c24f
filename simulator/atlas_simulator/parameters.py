"""Query parameters, and the refusals that several operations share."""

from collections.abc import Mapping

from atlas_simulator.messages import Refused, refusal
from atlas_simulator.settings import RefusalText


def required(query: Mapping[str, str], name: str) -> str:
    """Return a parameter; raises the 400 when it is missing or empty."""
    text = query.get(name, "")
    if not text:
        raise invalid(name, "must be given")
    return text


def whole_number(query: Mapping[str, str], name: str, default: int, maximum: int | None) -> int:
    """Return a number from 1 to ``maximum``, or the default; raises the 400 for any other text."""
    text = query.get(name)
    if text is None:
        return default
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if number < 1 or (maximum is not None and number > maximum):
        raise invalid(name, "must be at least 1" if maximum is None else f"must be from 1 to {maximum}")
    return number


def boolean(query: Mapping[str, str], name: str) -> bool:
    """Return ``true`` or ``false`` (the default) as a boolean; raises the 400 for any other text."""
    text = query.get(name, "false").lower()
    if text not in ("true", "false"):
        raise invalid(name, "must be true or false")
    return text == "true"


def refuse_envelope(query: Mapping[str, str]) -> None:
    """Refuse ``envelope=true``: no document shows the answer of these operations in an envelope."""
    if boolean(query, "envelope"):
        raise invalid("envelope", "is not simulated")


def invalid(field: str, problem: str) -> Refused:
    """Return the 400 for a wrong parameter or field of the body."""
    return refusal(400, "VALIDATION_ERROR", f"{field} {problem}.", fields={field: problem})


def refused(text: RefusalText, *parameters: object) -> Refused:
    """Return the refusal that the settings give for a case that Atlas does not document."""
    return refusal(text.status, text.error_code, text.detail, parameters=list(parameters))
