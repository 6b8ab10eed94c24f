"""What the operator knows of the objects: one entry per object, and which namespaces it cannot list."""

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
"""Times that other objects may wake an object in a row, before it is made to wait."""
_WAKES_PER_SECOND: Final = 0.2


@dataclass(slots=True, eq=False)
class Entry:
    """All that is known of one object."""

    kind: Kind[Any, Any, Any]
    resource: TypedResource[Any, Any] | InvalidResource[Any]
    """The newest view, parsed."""
    first_seen: float
    """Monotonic time at which the object was first seen."""
    wanted_since: float
    """Monotonic time at which what is wanted (spec, annotation, deletion) was first seen as it is."""
    claim: Claim | None = None
    references: frozenset[ObjectKey] = frozenset()
    secret: SecretKey | None = None
    polls: frozenset[PollKey] = frozenset()
    """Polls that the object takes part in."""
    failures: int = 0
    """Reconciles in a row that ended in an error."""
    missing_since: float | None = None
    """When the newest list was asked for as the object was first found without what it held, and it still is."""
    refused_write: str | None = None
    """The words of a refused write that an Event has reported. A write that works ends it."""
    wakes: float = 0.0
    woken_at: float = 0.0
    turn_by: float | None = None
    """Monotonic time of its next turn at the latest, where others have woken it so often that it has to wait."""
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
        """The object is gone: nothing of it may be remembered, and nothing be done for it."""
        return self.slot.dropped

    def may_be_woken(self, now: float) -> bool:
        """Count a wake by another object; False: there were so many that this looks like a loop."""
        self.wakes = max(0.0, self.wakes - (now - self.woken_at) * _WAKES_PER_SECOND) + 1.0
        self.woken_at = now
        return self.wakes <= _WAKES


class Store:
    """The entries, found by uid, by name, by claim and by reference. All but the entries is derived from them."""

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
        """Return the status of an object, as last seen; None: there is no such object."""
        found = self.find(key)
        return None if found is None else found.obj.status

    def put(self, kind: Kind[Any, Any, Any], obj: KubernetesObject) -> Entry | None:
        """Take in a view of an object; return its entry, None: the view is old, or says nothing new."""
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
        """Forget all but that the object was there; return those whose own case this may change.

        The watch may show an object once more after its finalizer was removed: it must not come back to life.
        """
        affected = self.claim(entry, None) | set(self.referrers(entry))
        self.refer(entry, frozenset())
        entry.slot.dropped, entry.secret = True, None
        return affected

    def remove(self, uid: str) -> Entry | None:
        """Forget an object that is gone, once it is retired."""
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
        """Note what an object claims; return those whose own case a change of it may change."""
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
        """Note which objects an object refers to."""
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
