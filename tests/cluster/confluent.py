"""ConfluentPeerings in a test's namespace, and the Confluent Cloud behind them."""

from typing import Any, Final

from atlas_simulator import SimulatorThread
from cluster.account_details import AWS
from cluster.namespace import Namespace

Manifest = dict[str, Any]

ENVIRONMENT: Final = "env-gz903"
NETWORK: Final = "n-6k5026"
SECRET: Final = "confluent-api"
KEY, KEY_SECRET = "ABCDEFGH12345678", "secret-of-abcdefgh"
REQUESTER: Final = {"accountId": "417601102659", "vpcId": "vpc-0d13eb6a2f0377854", "cidr": "10.0.0.0/16"}
"""The network as AWS knows it."""
ATLAS: Final = {**AWS, "region": "US_EAST_1"}
"""What the stand-in for Atlas has in US_EAST_1 of every project."""
CHANGES: Final = ("create-peering", "delete-peering")


def confluent_peering(name: str, *, details: str | None = None, **spec: Any) -> Manifest:
    """Return a manifest; `details`: the StreamsAccountDetails that it refers to, in place of the Atlas side itself."""
    atlas: Manifest = {"accountDetailsRef": {"name": details}} if details else {"atlas": ATLAS}
    given = {
        "environmentId": ENVIRONMENT,
        "networkId": NETWORK,
        "credentialsSecretRef": {"name": SECRET},
        **atlas,
        **spec,
    }
    return {
        "apiVersion": "atlasstreams.io/v1alpha1",
        "kind": "ConfluentPeering",
        "metadata": {"name": name},
        "spec": {field: value for field, value in given.items() if value is not None},
    }


def quick_confluent(simulator: SimulatorThread) -> None:
    """Have a key, a network that is ready, and a Confluent Cloud that takes no more than a fraction of a second."""
    delays = {"network": 0.3, "provisioning": 0.4, "noticing": 0.2, "deprovisioning": 0.3}
    simulator.configure({"confluent": {"delays": delays}})
    simulator.confluent.add_api_key(KEY, KEY_SECRET, roles={ENVIRONMENT: "owner"})
    simulator.confluent.add_network(environment=ENVIRONMENT, network=NETWORK, ready_after=0)


class ConfluentNamespace(Namespace):
    """A namespace whose objects are ConfluentPeerings unless said otherwise."""

    KIND = "cfp"

    def confluent_secret(self, name: str = SECRET) -> None:
        """Write a Secret with the API key."""
        self.secret(name, apiKey=KEY, apiSecret=KEY_SECRET)
