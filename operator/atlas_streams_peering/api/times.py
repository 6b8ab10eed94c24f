"""Times as Kubernetes and Atlas write them: RFC 3339, UTC."""

from datetime import UTC, datetime


def parse_time(text: str | None) -> datetime | None:
    """Parse a time; None: it is absent or invalid."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def format_time(moment: datetime) -> str:
    """Write a time as Kubernetes does: whole seconds, ``Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
