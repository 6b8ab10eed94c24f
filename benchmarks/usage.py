"""What a process takes of the machine, from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """A running process, without its children."""

    pid: int

    def cpu_seconds(self) -> float:
        """Return the processor seconds that it has used so far, as user and as system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory(self) -> float:
        """Return its resident memory in MB."""
        return self._status("VmRSS")

    def peak_memory(self) -> float:
        """Return the most resident memory that it has ever had, in MB."""
        return self._status("VmHWM")

    def _status(self, name: str) -> float:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            key, _, value = line.partition(":")
            if key == name:
                return int(value.split()[0]) / 1024
        raise LookupError(f"/proc/{self.pid}/status has no {name}")


def machine_cpu_seconds() -> float:
    """Return the processor seconds that the whole machine has used so far, on all cores."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    user, nice, system, _idle, _iowait, irq, softirq = fields[:7]
    return (user + nice + system + irq + softirq) / _TICKS
