"""The links and names by which Confluent Cloud's documents refer to each other."""

from dataclasses import dataclass

from atlas_simulator.messages import Request

ORGANIZATION = "9bb441c4-edef-46ac-8a41-c49e44a3fd9a"


@dataclass(frozen=True, slots=True)
class Links:
    """The links of one answer; they lead to the host that the client called."""

    base: str

    @classmethod
    def of(cls, request: Request) -> "Links":
        """Return the links for the answer to a request."""
        return cls(f"http://{request.headers.get('Host', 'localhost')}")

    def network(self, environment: str, network: str) -> str:
        """Return the URL of a network."""
        return f"{self.base}/networking/v1/networks/{network}?environment={environment}"

    def peering(self, environment: str, peering: str) -> str:
        """Return the URL of a peering."""
        return f"{self.base}/networking/v1/peerings/{peering}?environment={environment}"

    def environment_reference(self, environment: str) -> dict[str, str]:
        """Return the reference to an environment in a document."""
        return {
            "api_version": "org/v2",
            "id": environment,
            "kind": "Environment",
            "related": f"{self.base}/org/v2/environments/{environment}",
            "resource_name": resource_name(environment=environment),
        }

    def network_reference(self, environment: str, network: str) -> dict[str, str]:
        """Return the reference to a network in a document."""
        return {
            "api_version": "networking/v1",
            "id": network,
            "kind": "Network",
            "related": self.network(environment, network),
            "resource_name": resource_name(environment=environment, network=network),
        }


def resource_name(**parts: str) -> str:
    """Return the name (CRN) of a resource."""
    path = "/".join(f"{name}={text}" for name, text in {"organization": ORGANIZATION, **parts}.items())
    return f"crn://confluent.cloud/{path}"
