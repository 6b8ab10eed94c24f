"""A service's answer, as error mappings and clients read it."""

import codecs
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

import httpx
from pydantic_core import from_json

from .redaction import without_secrets

_LONGEST_PAUSE: Final = 600.0
"""Seconds: an odd answer stops requests for no longer than this."""


@dataclass(frozen=True, slots=True)
class RateLimitHeaders:
    """The names of the headers in which a service speaks of its rate limit."""

    remaining: str = "RateLimit-Remaining"
    """Requests that the service still allows."""
    pause: tuple[str, ...] = ("Retry-After",)
    """Seconds to wait, or the time to wait for; the first header that holds one of these counts."""


class Response:
    """An HTTP answer."""

    def __init__(
        self,
        response: httpx.Response,
        headers: RateLimitHeaders | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._response, self._names, self._now = response, headers or RateLimitHeaders(), now

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status_code

    @property
    def ok(self) -> bool:
        """The status is a 2xx."""
        return self._response.is_success

    @property
    def intermediary(self) -> str | None:
        """The message if an intermediary (proxy, gateway or firewall) answers instead of the service; else None.

        An API answers with a JSON object or an empty body; a success may also be null. A 429 means the same from an
        intermediary.
        """
        redirected = 300 <= self.status < 400 and not self._response.content
        known = self.status == 429 or self.refuses_digest or self._has_shape_of_api()
        return None if known and self.status != 407 and not redirected else self.answered_by_intermediary()

    @property
    def refuses_digest(self) -> bool:
        """The answer to a digest is another challenge: the service does not accept the key, whatever the body is.

        An intermediary cannot take part in the service's digest authentication.
        """
        if self.status != HTTPStatus.UNAUTHORIZED:
            return False
        signed = self._response.request.headers.get("Authorization", "")
        challenges = self._response.headers.get_list("WWW-Authenticate")
        return _is_digest(signed) and any(_is_digest(challenge) for challenge in challenges)

    def answered_by_intermediary(self) -> str:
        """Return the end of a sentence: an intermediary answers instead of the service."""
        if self.status == 407:
            return "the proxy wants a user name and a password (HTTP 407)"
        if self.status >= 500:
            return f"a gateway answers in its place (HTTP {self.status})"
        location = self._response.next_request
        to = f", a redirect to {location.url.host}" if location is not None else ""
        return f"something else answers in its place (HTTP {self.status}{to}); check the base URL, proxy and firewall"

    def _has_shape_of_api(self) -> bool:
        try:
            return not self._response.content or isinstance(self.json(), dict | None if self.ok else dict)
        except ValueError:
            return False

    @property
    def challenges(self) -> int:
        """The number of requests that the service answered with an authentication challenge before this answer."""
        return len(self._response.history)

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait before the next request, at most ten minutes; None where no header says."""
        for name in self._names.pause:
            seconds = self._seconds(self._response.headers.get(name, ""))
            if seconds is not None:
                return min(max(0.0, seconds), _LONGEST_PAUSE)
        return None

    def _seconds(self, text: str) -> float | None:
        try:
            seconds = float(text)
        except ValueError:
            return self._seconds_until(text)
        return seconds if math.isfinite(seconds) else None

    def _seconds_until(self, text: str) -> float | None:
        """Return the seconds until an HTTP date (RFC 9110); None where the text is no date, or a date that is over."""
        moment = http_date(text)
        if moment is None:
            return None
        # The clock of the service may differ from ours: where it tells its time, that counts.
        seconds = (moment - (http_date(self._response.headers.get("Date", "")) or self._now())).total_seconds()
        return seconds if seconds > 0 else None

    @property
    def remaining(self) -> float | None:
        """Requests that the service still allows; None where the header is absent or no number."""
        remaining = self._response.headers.get(self._names.remaining, "")
        return float(remaining) if remaining.isdecimal() else None

    def json(self) -> Any:
        """Return the decoded body.

        Raises
        ------
        ValueError
            The body is not JSON.
        """
        # Gateways that rewrite a body can put a byte order mark before it.
        return from_json(self._response.content.removeprefix(codecs.BOM_UTF8))

    def without_secrets(self, text: str) -> str:
        """Hide what `text` repeats of the credentials in the request of this answer."""
        return without_secrets(text, self._response.request.headers.get("Authorization", ""))


def _is_digest(header: str) -> bool:
    return header.lower().startswith("digest ")


def http_date(text: str) -> datetime | None:
    """Read the date of an HTTP header (RFC 9110); None where it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
