"""Messages that all kinds share."""

from collections.abc import Iterable

WAY_OUT = "to let the object go without it, set deletionPolicy: Retain"

_MOST_NAMED = 8


def deletion_waits(why: str) -> str:
    """The deletion waits because the operator cannot use the service."""
    return f"Deletion waits: {why.rstrip('.')}; {WAY_OUT}."


def nothing_changed(why: str) -> str:
    """The object is deleted without a change outside Kubernetes."""
    return f"Nothing was changed outside: {why}"


def invalid_spec(problem: str) -> str:
    """The stored spec does not parse."""
    return f"The stored spec is not valid: {problem.rstrip('.')}; correct it, or apply this version's CRD."


def never_touched(why: str) -> str:
    """The object is deleted although the operator cannot use the service."""
    reason = "the object has never held anything, and nothing was ever requested for it"
    return nothing_changed(f"{reason} ({why.rstrip('.')}).")


def left_alone(service: str, why: str) -> str:
    """The object is deleted without a change in the service."""
    return f"Nothing was changed in {service}: {why}"


def done(how_it_is: str) -> str:
    """The object is deleted, and its desired state is reached."""
    return f"Done: {how_it_is}"


def named(entries: Iterable[str]) -> str:
    """List the first entries, and the number of the others."""
    all_of_them = tuple(entries)
    more = len(all_of_them) - _MOST_NAMED
    return ", ".join(all_of_them[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def maybe_managed(what: str, namespaces: Iterable[str], *, how: str = "managed") -> str:
    """An object in a namespace that the operator cannot list may own it."""
    return (
        f"{what} may be {how} by an object that the operator cannot list, in {named(namespaces)}; "
        "restore the operator's Role and RoleBinding there, or remove the namespace from WATCH_NAMESPACES."
    )
