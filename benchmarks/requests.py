"""What an operator asks of the Kubernetes API, from the API server's audit log."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

_READS = ("get", "list", "watch")


@dataclass
class Requests:
    """Requests by verb and resource (``patch streamsvpcpeerings/status``); a watch counts when it begins."""

    writes: Counter[str] = field(default_factory=Counter)
    """Without Events."""
    events: int = 0
    """Requests that write an Event."""
    reads: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    """Those of all that were answered with 400 or above; they count above too."""

    def all_writes(self) -> int:
        return self.writes.total() + self.events


class AuditLog:
    """The audit log, read on from where it was last read."""

    def __init__(self, path: Path, user: str) -> None:
        self._path, self._user = path, user
        self._offset = 0
        self._so_far = Requests()

    def requests(self) -> Requests:
        """Return what the user has asked since the last `take`."""
        with self._path.open("rb") as log:
            log.seek(self._offset)
            for line in log:
                # The last line may be in the middle of being written.
                if not line.endswith(b"\n"):
                    break
                self._offset += len(line)
                self._count(line)
        return self._so_far

    def take(self) -> Requests:
        """Return what the user has asked since the last `take`, and count from zero."""
        requests, self._so_far = self.requests(), Requests()
        return requests

    def _count(self, line: bytes) -> None:
        if self._user.encode() not in line:
            return
        entry = json.loads(line)
        verb, target = entry["verb"], entry.get("objectRef")
        stage = "ResponseStarted" if verb == "watch" else "ResponseComplete"
        if entry["user"]["username"] != self._user or entry["stage"] != stage or target is None:
            return
        request = f"{verb} {'/'.join(filter(None, (target['resource'], target.get('subresource'))))}"
        if verb in _READS:
            self._so_far.reads[request] += 1
        elif target["resource"] == "events":
            self._so_far.events += 1
        else:
            self._so_far.writes[request] += 1
        if entry["responseStatus"]["code"] >= 400:
            self._so_far.refused += 1
