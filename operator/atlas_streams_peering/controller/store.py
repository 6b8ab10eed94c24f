"""The store: one entry for each object, and the namespaces that the operator cannot list."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ..kube.objects import KubernetesObject, ObjectKey
from ..polling.poll import PollKey, SecretKey
from ..scheduling.clock import SYSTEM_CLOCK, Clock
from ..scheduling.queue import Slot
from .decision import Claim
from .kind import Kind
from .namespaces import Namespaces
from .resource import InvalidResource, TypedResource

_WAKES: Final = 20
"""Number of times in a row that other objects may wake an object before it has to wait."""
_WAKES_PER_SECOND: Final = 0.2


@dataclass(slots=True, eq=False)
class Entry:
    """The state of one object."""

    kind: Kind[Any, Any, Any]
    resource: TypedResource[Any, Any] | InvalidResource[Any]
    """The newest view, parsed."""
    first_seen: float
    """Monotonic time of the first observation of the object."""
    wanted_since: float
    """Monotonic time since which the desired state (spec, annotation, deletion) has been unchanged."""
    claim: Claim | None = None
    references: frozenset[ObjectKey] = frozenset()
    secret: SecretKey | None = None
    polls: frozenset[PollKey] = frozenset()
    """Polls that the object is subscribed to."""
    failures: int = 0
    """Number of reconciles in a row that ended in an error."""
    missing_since: float | None = None
    """Start of the list in which the held row was first missing, if it still is. Monotonic time."""
    refused_write: str | None = None
    """The message of a refused write that an Event has reported. A successful write clears it."""
    wakes: float = 0.0
    woken_at: float = 0.0
    turn_by: float | None = None
    """Monotonic time of its next reconcile, if other objects have woken it so often that it has to wait."""
    slot: Slot = field(default_factory=Slot)

    @property
    def obj(self) -> KubernetesObject:
        """The newest view."""
        return self.resource.obj

    @property
    def uid(self) -> str:
        """The object's uid."""
        return self.resource.obj.uid

    @property
    def dropped(self) -> bool:
        """The object is gone: the operator does nothing more for it."""
        return self.slot.dropped

    def may_be_woken(self, now: float) -> bool:
        """Count a wake by another object; return False if the number looks like a loop."""
        self.wakes = max(0.0, self.wakes - (now - self.woken_at) * _WAKES_PER_SECOND) + 1.0
        self.woken_at = now
        return self.wakes <= _WAKES


class Store:
    """The entries, with indexes by uid, name, claim and reference."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self.namespaces = Namespaces()
        self._entries: dict[str, Entry] = {}
        self._by_key: dict[ObjectKey, Entry] = {}
        self._by_place: dict[tuple[str, str], set[Entry]] = {}
        self._referrers: dict[ObjectKey, set[Entry]] = {}
        self._followers: dict[str, set[Entry]] = {}

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries.values()))

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, uid: str) -> Entry | None:
        """Return the entry, or None when the object is gone."""
        return self._entries.get(uid)

    def find(self, key: ObjectKey) -> Entry | None:
        """Return the entry of the object with this name; None: there is none, or it is being deleted."""
        entry = self._by_key.get(key)
        return None if entry is None or entry.dropped else entry

    def status_of(self, key: ObjectKey) -> Mapping[str, Any] | None:
        """Return the last observed status of an object; None: there is no such object."""
        found = self.find(key)
        return None if found is None else found.obj.status

    def put(self, kind: Kind[Any, Any, Any], obj: KubernetesObject) -> Entry | None:
        """Store a view of an object; return its entry, None: the view is old, or has no relevant change."""
        entry, now = self._entries.get(obj.uid), self._clock.monotonic()
        if entry is not None and entry.dropped:
            return None
        if entry is None:
            entry = Entry(kind, kind.read(obj), first_seen=now, wanted_since=now)
            self._entries[obj.uid] = entry
            self._by_key[ObjectKey(kind.resource.kind, obj.namespace, obj.name)] = entry
            for followed in kind.follows:
                self._followers.setdefault(followed, set()).add(entry)
            return entry
        known = entry.obj
        if 0 < obj.resource_version <= known.resource_version:
            return None
        if obj.wants_other_than(known):
            entry.wanted_since = now
        same = obj.equals(known)
        entry.resource = kind.read(obj)
        return None if same else entry

    def retire(self, entry: Entry) -> set[Entry]:
        """Forget an object, except that it existed; return the objects that this may affect.

        The watch may show the object once more after the removal of its finalizer. The store must not add it again.
        """
        affected = self.claim(entry, None) | set(self.referrers(entry))
        self.refer(entry, frozenset())
        entry.slot.dropped, entry.secret = True, None
        return affected

    def remove(self, uid: str) -> Entry | None:
        """Remove an object that is gone, after `retire`."""
        entry = self._entries.pop(uid, None)
        if entry is not None:
            key = ObjectKey(entry.kind.resource.kind, entry.obj.namespace, entry.obj.name)
            if self._by_key.get(key) is entry:
                del self._by_key[key]
            for followed in entry.kind.follows:
                self._followers[followed].discard(entry)
        return entry

    # -- claims

    def claim(self, entry: Entry, claim: Claim | None) -> set[Entry]:
        """Store the claim of an object; return the objects that a change of it may affect."""
        before = entry.claim
        if entry.dropped or before == claim:
            return set()
        affected = self._rivals(entry, before.places if before else ()) | self._rivals(
            entry, claim.places if claim else ()
        )
        for place in self._places(entry, before):
            entries = self._by_place.get(place, set())
            entries.discard(entry)
            if not entries:
                self._by_place.pop(place, None)
        entry.claim = claim
        for place in self._places(entry, claim):
            self._by_place.setdefault(place, set()).add(entry)
        return affected

    def rivals(self, entry: Entry, places: Iterable[str]) -> tuple[Any, ...]:
        """Return the claims of other objects of the kind at these places."""
        return tuple(rival.claim for rival in self._rivals(entry, places))

    def claims(self, kinds: Collection[str]) -> tuple[Any, ...]:
        """Return the claims of all objects of these kinds."""
        return tuple(
            entry.claim
            for entry in self._entries.values()
            if entry.claim is not None and entry.kind.resource.kind in kinds
        )

    def followers(self, entry: Entry) -> frozenset[Entry]:
        """Return the objects whose kinds follow the claims of this object's kind."""
        return frozenset(self._followers.get(entry.kind.resource.kind, ()))

    def _rivals(self, entry: Entry, places: Iterable[str]) -> set[Entry]:
        found: set[Entry] = set()
        for place in places:
            found |= self._by_place.get((entry.kind.resource.kind, place), set())
        found.discard(entry)
        return found

    @staticmethod
    def _places(entry: Entry, claim: Claim | None) -> set[tuple[str, str]]:
        return {(entry.kind.resource.kind, place) for place in claim.places} if claim else set()

    # -- references

    def refer(self, entry: Entry, references: frozenset[ObjectKey]) -> None:
        """Store the references of an object."""
        if entry.dropped and references:
            return
        for key in entry.references - references:
            referrers = self._referrers.get(key, set())
            referrers.discard(entry)
            if not referrers:
                self._referrers.pop(key, None)
        for key in references - entry.references:
            self._referrers.setdefault(key, set()).add(entry)
        entry.references = references

    def referrers(self, entry: Entry) -> tuple[Entry, ...]:
        """Return the objects that refer to this one."""
        key = ObjectKey(entry.kind.resource.kind, entry.obj.namespace, entry.obj.name)
        return tuple(self._referrers.get(key, ()))

    def secrets_in_use(self) -> set[SecretKey]:
        """Return the Secrets that objects refer to."""
        return {entry.secret for entry in self._entries.values() if entry.secret is not None}
