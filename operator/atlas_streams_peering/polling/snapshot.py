"""The snapshot of one list of a service."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")
RawRow = Mapping[str, Any]
"""A row as the service's JSON has it."""


@dataclass(frozen=True, slots=True, eq=False)
class RowFormat(Generic[Row]):
    """How to parse and index the rows of a list."""

    name: Callable[[RawRow], str]
    """Returns the row's name, which is unique in the list and stable between lists."""
    parse: Callable[[RawRow], Row]
    tokens: Callable[[Row], Iterable[str]]
    """Returns tokens by which objects find the row, besides its name."""
    progress: Callable[[Row], object]
    """Returns a value that changes while the service works on the row. If it is equal, the row makes no progress."""


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[Row]):
    """The rows of one list, indexed by name and by token."""

    asked_at: float = 0.0
    """Monotonic time at which the list started. It may lack later changes."""
    raw: Mapping[str, RawRow] = field(default_factory=dict)
    """Name → JSON."""
    rows: Mapping[str, Row] = field(default_factory=dict)
    """Name → parsed row."""
    unchanged_since: Mapping[str, datetime] = field(default_factory=dict)
    """Name → since when the row's progress has been unchanged."""
    tokens: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Name → the row's tokens."""
    by_token: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Token → names."""

    def succeeded_by(
        self, raw: Iterable[RawRow], rows_are: RowFormat[Row], *, asked_at: float, now: datetime
    ) -> "Snapshot[Row]":
        """Return the next snapshot. A row that did not change is not parsed again."""
        by_name = {rows_are.name(row): row for row in raw}
        if by_name == self.raw:
            return replace(self, asked_at=asked_at)
        rows: dict[str, Row] = {}
        since: dict[str, datetime] = {}
        tokens: dict[str, frozenset[str]] = {}
        by_token: dict[str, set[str]] = {}
        for name, raw_row in by_name.items():
            same = self.raw.get(name) == raw_row
            row = rows[name] = self.rows[name] if same else rows_are.parse(raw_row)
            still = name in self.rows and rows_are.progress(self.rows[name]) == rows_are.progress(row)
            since[name] = self.unchanged_since[name] if still else now
            tokens[name] = self.tokens[name] if same else frozenset(rows_are.tokens(row))
            for token in tokens[name]:
                by_token.setdefault(token, set()).add(name)
        frozen = {token: frozenset(names) for token, names in by_token.items()}
        return Snapshot(asked_at, by_name, rows, since, tokens, frozen)

    def changed_from(self, earlier: "Snapshot[Row]") -> frozenset[str]:
        """Return the names of rows that came, went or changed."""
        if self.raw is earlier.raw:
            return frozenset()
        names = self.raw.keys() | earlier.raw.keys()
        return frozenset(name for name in names if self.raw.get(name) != earlier.raw.get(name))

    def words_of(self, names: Iterable[str]) -> frozenset[str]:
        """Return the names and tokens by which objects find these rows."""
        wanted = frozenset(names)
        return wanted.union(*(self.tokens.get(name, frozenset()) for name in wanted))

    def concerning(self, words: Iterable[str], where: Callable[[Row], bool] | None = None) -> dict[str, Row]:
        """Return the rows with one of these names or tokens, and all that share a token with them, by name.

        With `where`, also those for which it is true.
        """
        found: set[str] = set()
        for word in words:
            if word in self.rows:
                found.add(word)
            found |= self.by_token.get(word, frozenset())
        for token in self.words_of(found):
            found |= self.by_token.get(token, frozenset())
        if where is not None:
            found |= {name for name, row in self.rows.items() if where(row)}
        return {name: self.rows[name] for name in sorted(found)}
