"""What happens at AWS and in Atlas, in a test's words."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Self

from atlas_simulator import Settings, SimulatorThread
from cluster.namespace import ACCOUNT, PRIVATE_KEY, PROJECT, PUBLIC_KEY, Namespace, pcx, peering, vpc
from cluster.waiting import wait_until

CHANGES = ("accept", "reject", "delete")
QUICK = {"recorded": 0.05, "requested": 0.05, "provisioning": 0.1, "deleting": 0.1}


@contextmanager
def quick_atlas() -> Iterator[SimulatorThread]:
    """Atlas with the project and its owner's key: nothing takes longer than a fraction of a second."""
    settings = Settings()
    delays = {"recorded": 0.2, "requested": 0.2, "provisioning": 0.4, "deleting": 0.3}
    with SimulatorThread(
        settings.model_copy(update={"delays": settings.delays.model_copy(update=delays)})
    ) as simulator:
        simulator.add_project(PROJECT)
        simulator.add_api_key(PUBLIC_KEY, PRIVATE_KEY, roles={PROJECT: "owner"})
        yield simulator


def request(
    simulator: SimulatorThread,
    number: int,
    *,
    name: str | None = None,
    state: str | None = None,
    account: str = ACCOUNT,
    cidr: str = "10.0.0.0/16",
    accepter_vpc: str | None = None,
    delays: Mapping[str, float] | None = None,
) -> str:
    """Let VPC `number` ask for a peering, put it into a cloud status where one is given, and return its name."""
    forced = state not in (None, "pending-acceptance")
    made = simulator.request_peering(
        project=PROJECT,
        account=account,
        vpc=vpc(number),
        cidr=cidr,
        accepter_vpc=accepter_vpc,
        name=name or pcx(number),
        # A poll between the request and the forced state must not find anything to act on.
        delays={**QUICK, **({"initiating_request": 3600} if forced else {}), **(delays or {})},
    )
    if state is not None and forced:
        simulator.set_cloud_status(made, state)
    return made


def asked(simulator: SimulatorThread, *names: str) -> list[str]:
    """Return the changes that were asked for these connections, oldest first."""
    return [call.operation for call in simulator.calls() if call.connection in names and call.operation in CHANGES]


def taken(simulator: SimulatorThread, *names: str) -> list[str]:
    """Return the changes that were asked for these connections and that Atlas took, oldest first."""
    calls = simulator.calls(status=202)
    return [call.operation for call in calls if call.connection in names and call.operation in CHANGES]


class PollTrigger:
    """An object whose request never comes. It makes the operator poll Atlas several times a second.

    All objects of the account share these polls, so a test waits only for the states of its own objects. Modules
    without a poll trigger test whether the operator polls by itself, and how often.
    """

    NAME = "poll-trigger"
    PAUSE = 0.2

    def __init__(self, namespace: Namespace) -> None:
        self._namespace, self._requested, self._over = namespace, 0, threading.Event()
        self._thread = threading.Thread(target=self._run, name="poll-trigger", daemon=True)

    def __enter__(self) -> Self:
        self._namespace.apply(peering(self.NAME, vpc=vpc(0xFFFF)))
        self._namespace.wait_for_reason(self.NAME, "WaitingForRequest")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def wait_for_polls(self, times: int = 2) -> None:
        """Wait until the operator has polled Atlas this many more times.

        The operator requests what the first of these polls leads to before the last one ends. A test can then check
        that the operator has requested nothing.
        """
        last = self._requested + times

        def polled() -> bool:
            return int(self._namespace.status(self.NAME).get("lastHandledReconcileAt", "0")) >= last

        wait_until(polled, f"the operator polls Atlas {times} more times")

    def _run(self) -> None:
        while not self._over.wait(self.PAUSE):
            self._requested += 1
            self._namespace.request_reconcile(self.NAME, str(self._requested))
