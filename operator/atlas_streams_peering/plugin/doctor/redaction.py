"""Redaction: removes the values of Secrets from every text of the report."""

import base64
from collections.abc import Iterable
from typing import Final

from .findings import Evidence, Finding

HIDDEN: Final = "[hidden]"

_SHORTEST: Final = 6
"""Characters of the shortest value to hide: shorter values occur in ordinary words."""


class Redaction:
    """The values to hide."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    def add(self, values: Iterable[str]) -> None:
        """Add values to hide: as they are, without surrounding quotes, and base64-encoded."""
        for given in values:
            for value in (given, given.strip("\"'` ")):
                if len(value) >= _SHORTEST:
                    self._values |= {value, base64.b64encode(value.encode()).decode()}

    def hide(self, text: str) -> str:
        """Return the text without the values. The longest goes first: one may contain another."""
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, HIDDEN)
        return text

    def clean(self, finding: Finding) -> Finding:
        """Return the finding without the values."""
        return finding.model_copy(
            update={
                "subject": self.hide(finding.subject),
                "sentence": self.hide(finding.sentence),
                "next_step": self.hide(finding.next_step),
                "evidence": {key: self._clean(value) for key, value in finding.evidence.items()},
            }
        )

    def _clean(self, value: Evidence) -> Evidence:
        if isinstance(value, str):
            return self.hide(value)
        return tuple(self.hide(each) for each in value) if isinstance(value, tuple) else value
