"""Two replicas with leader election, whichever leads."""

from typing import NamedTuple

from cluster.operator_process import OperatorProcess

AFTER_A_CRASH = 30.0
"""Seconds until the other replica acts: the fifteen that a Lease lasts, a retry, and room for a busy machine."""
LEASES = r"/leases"


class Replicas(NamedTuple):
    """Two replicas."""

    first: OperatorProcess
    second: OperatorProcess

    def leading(self) -> list[OperatorProcess]:
        return [replica for replica in self if leads(replica)]

    @property
    def leader(self) -> OperatorProcess:
        (leader,) = self.leading()
        return leader

    @property
    def standby(self) -> OperatorProcess:
        (standby,) = (replica for replica in self if replica is not self.leader)
        return standby

    def start_again(self) -> None:
        """Start whichever has ended."""
        for replica in self:
            assert replica.process is not None
            if replica.process.poll() is not None:
                replica.start()


def leads(replica: OperatorProcess) -> bool:
    """Tell whether it says that it acts; one that has ended, or ends just now, does not."""
    assert replica.process is not None
    if replica.process.poll() is not None:
        return False
    try:
        return "atlas_streams_peering_leader 1.0" in replica.metrics()
    except OSError:
        return False
