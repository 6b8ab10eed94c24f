"""The operator's looks at Atlas, as Atlas sees them."""

from atlas_simulator import SimulatorThread
from cluster.namespace import ACCOUNT
from cluster.waiting import wait_until


def wait_for_looks(simulator: SimulatorThread, *, count: int = 2, account: str = ACCOUNT) -> None:
    """Wait until Atlas has answered so many more lists, all asked for from now on.

    What the first of them leads to is done before the last: the way to see that nothing happens.
    """

    def answered() -> int:
        calls = simulator.calls("list", requester_account_id=account, status=200)
        return sum(call.number > begun for call in calls)

    begun = max((call.number for call in simulator.calls(include_challenges=True)), default=0)
    wait_until(lambda: answered() >= count, f"{count} more looks at Atlas")
