"""Atlas' versioned media types, ``application/vnd.atlas.YYYY-MM-DD+json``.

The known dates are those of ``openapi/versions.json`` in atlas-sdk-go. Atlas answers a missing or nonexistent version
with 406 (Atlas documentation, versioned API overview).
"""

import re

from atlas_simulator.messages import refusal

KNOWN_VERSIONS = frozenset(
    {
        "2023-01-01",
        "2023-02-01",
        "2023-10-01",
        "2023-11-15",
        "2024-05-30",
        "2024-08-05",
        "2024-10-23",
        "2024-11-13",
        "2025-02-19",
        "2025-03-12",
    }
)
_VERSIONED = re.compile(r"application/vnd\.atlas\.(?P<version>\d{4}-\d{2}-\d{2})\+json")


def media_type(version: str) -> str:
    """Return the media type of a version date."""
    return f"application/vnd.atlas.{version}+json"


def require_version(accept: str, oldest: str) -> None:
    """Refuse an ``Accept`` header without a known version that is ``oldest`` or later."""
    for media_range in accept.split(","):
        match = _VERSIONED.fullmatch(media_range.partition(";")[0].strip())
        if match and match["version"] in KNOWN_VERSIONS and match["version"] >= oldest:
            return
    raise refusal(
        406,
        "INVALID_VERSION_DATE",
        f"Accept must name a version of this resource, such as {media_type(oldest)}.",
        parameters=[accept],
    )


def require_json_body_type(content_type: str, oldest: str) -> None:
    """Refuse a body that is neither plain JSON nor of a known version that is ``oldest`` or later."""
    given = content_type.partition(";")[0].strip().lower()
    match = _VERSIONED.fullmatch(given)
    versioned = match is not None and match["version"] in KNOWN_VERSIONS and match["version"] >= oldest
    if given != "application/json" and not versioned:
        raise refusal(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            f"Content-Type must be application/json or {media_type(oldest)}.",
            parameters=[content_type],
        )
