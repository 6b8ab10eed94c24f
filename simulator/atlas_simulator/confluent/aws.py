"""What happens at AWS between Confluent Cloud and Atlas: a peering's request, and its end by the requester."""

from atlas_simulator.confluent.network import Network
from atlas_simulator.confluent.peering import Peering, PeeringSpec
from atlas_simulator.confluent.phase import FAILED, Phase
from atlas_simulator.connection import Connection
from atlas_simulator.connections import Connections
from atlas_simulator.directory import Directory


class Requester:
    """Confluent Cloud as AWS' customer, who requests connections to the VPCs of Atlas' projects.

    The account details that Atlas serves say which project has a VPC.
    """

    def __init__(self, directory: Directory, connections: Connections) -> None:
        self._directory = directory
        self._connections = connections

    def request(self, network: Network, spec: PeeringSpec, seconds: float) -> Connection | Phase:
        """Request a connection some seconds from now; return the phase of the failure when AWS refuses it."""
        region = spec.customer_region.upper().replace("-", "_")
        owners = self._directory.owners_of_vpc(spec.account, spec.vpc, region)
        if len(owners) != 1:
            known = f"{len(owners)} projects have" if owners else "There is no"
            message = f"{known} VPC {spec.vpc} of account {spec.account} in {spec.customer_region}."
            return Phase(FAILED, "PEERING_FAILED", message)
        [(project, atlas)] = owners
        try:
            return self._connections.add_request(
                project.id,
                account=network.account,
                vpc=network.vpc,
                cidr=network.cidr or "",
                accepter_account=spec.account,
                accepter_vpc=spec.vpc,
                accepter_cidr=atlas.cidr_block,
                seconds=seconds,
            )
        except ValueError as refused:
            return Phase(FAILED, "PEERING_FAILED", str(refused))

    def withdraw(self, peering: Peering) -> float:
        """Delete the connection of a peering, if there is one, and return when it is dead."""
        return 0.0 if peering.connection is None else self._connections.withdraw(peering.connection)
