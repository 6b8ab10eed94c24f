"""The lists of connections that the operator requests from Atlas."""

from atlas_simulator import SimulatorThread
from cluster.namespace import ACCOUNT
from cluster.waiting import wait_until


def wait_for_lists(simulator: SimulatorThread, *, count: int = 2, account: str = ACCOUNT) -> None:
    """Wait until Atlas has answered this many more lists, all requested from now on.

    The operator requests what the first of these lists leads to before the last one. A test can then check that the
    operator has requested nothing.
    """

    def answered() -> int:
        calls = simulator.calls("list", requester_account_id=account, status=200)
        return sum(call.number > begun for call in calls)

    begun = max((call.number for call in simulator.calls(include_challenges=True)), default=0)
    wait_until(lambda: answered() >= count, f"{count} more lists from Atlas")
