"""Sentences of the path itself: what keeps an object of any kind from going forward."""

from collections.abc import Iterable

WAY_OUT = "to let the object go without it, set deletionPolicy: Retain"

_MOST_NAMED = 8


def deletion_waits(why: str) -> str:
    """The object stays because the service cannot be asked."""
    return f"Deletion waits: {why.rstrip('.')}; {WAY_OUT}."


def nothing_changed(why: str) -> str:
    """The object goes without a change outside."""
    return f"Nothing was changed outside: {why}"


def invalid_spec(problem: str) -> str:
    """The stored spec does not parse."""
    return f"The stored spec is not valid: {problem.rstrip('.')}; correct it, or apply this version's CRD."


def never_touched(why: str) -> str:
    """The object goes, although the service cannot be asked."""
    reason = "the object has never held anything, and nothing was ever requested for it"
    return nothing_changed(f"{reason} ({why.rstrip('.')}).")


def left_alone(service: str, why: str) -> str:
    """The object goes without a change in the service."""
    return f"Nothing was changed in {service}: {why}"


def done(how_it_is: str) -> str:
    """The object goes, and what it wanted is reached."""
    return f"Done: {how_it_is}"


def named(entries: Iterable[str]) -> str:
    """List entries, but not so many that nobody reads the sentence."""
    all_of_them = tuple(entries)
    more = len(all_of_them) - _MOST_NAMED
    return ", ".join(all_of_them[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def maybe_managed(what: str, namespaces: Iterable[str], *, how: str = "managed") -> str:
    """An object may have it that the operator does not know, because it cannot list these namespaces."""
    return (
        f"{what} may be {how} by an object that the operator cannot list, in {named(namespaces)}; "
        "restore the operator's Role and RoleBinding there, or remove the namespace from WATCH_NAMESPACES."
    )
