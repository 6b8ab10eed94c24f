"""The settings of the simulated Confluent Cloud."""

from typing import Literal

from pydantic import Field

from atlas_simulator.sections import BucketSize, Section


class ConfluentDelays(Section):
    """How long Confluent Cloud takes for each step; Confluent documents none of them."""

    network: float = Field(default=5, ge=0)
    """From the creation of a network until it is ``READY``."""
    provisioning: float = Field(default=2, ge=0)
    """From the creation of a peering until Confluent requests the connection at AWS."""
    noticing: float = Field(default=1, ge=0)
    """From a change at AWS until the phase of the peering shows it."""
    deprovisioning: float = Field(default=3, ge=0)
    """From the deletion of a peering until it is gone, or longer.

    Confluent deletes the connection at AWS at once, and the peering is not gone before that connection is dead.
    """


class ConfluentRateLimit(BucketSize):
    """The requests of one API key; Confluent publishes the headers, but no numbers."""

    capacity: int = Field(default=300, ge=1)
    refill: int = Field(default=300, ge=1)


class ConfluentRefusal(Section):
    """The error for a case in which Confluent's answer is not documented.

    ``detail`` may name values of the request in braces, as the defaults of :class:`ConfluentRefusals` do.
    """

    status: int = Field(ge=400, le=599)
    detail: str


class ConfluentRefusals(Section):
    """The answers to a request that Confluent Cloud refuses although its fields are right."""

    network_not_found: ConfluentRefusal = ConfluentRefusal(status=400, detail="The network {network} was not found.")
    """For a peering of a network that does not exist: the operation declares no 404."""
    network_not_ready: ConfluentRefusal = ConfluentRefusal(
        status=409, detail="The network {network} is not ready. Its phase is {phase}."
    )
    unsupported: ConfluentRefusal = ConfluentRefusal(
        status=400, detail="The network {network} does not support an AWS peering connection."
    )
    """For a network in another cloud, or one without the connection type ``PEERING``."""
    overlap: ConfluentRefusal = ConfluentRefusal(
        status=400,
        detail=(
            "The route {route} must not overlap with your Confluent Cloud CIDR block or any other network peering "
            "connection VPC CIDR. It overlaps with {other}."
        ),
    )
    """The rule is documented (Terraform provider, ``confluent_peering``), the answer is not."""
    duplicate: ConfluentRefusal | None = ConfluentRefusal(
        status=409, detail="The network {network} already has the peering {peering} with the VPC {vpc}."
    )
    """For a second peering of a network with a VPC. With ``None`` Confluent creates it, and AWS refuses it."""
    quota: ConfluentRefusal = ConfluentRefusal(
        status=402, detail="Your Peerings per Network is currently limited to {limit}."
    )
    """402 is documented ("The request would exceed one or more quotas")."""


class ConfluentOutcomes(Section):
    """The phase of a peering whose request the other side does not accept; Confluent does not document it."""

    rejected: Literal["FAILED", "DISCONNECTED"] = "FAILED"
    expired: Literal["FAILED", "DISCONNECTED"] = "FAILED"


class ConfluentSettings(Section):
    """Confluent Cloud's settings; peerings and networks that exist already keep their delays and outcomes."""

    delays: ConfluentDelays = Field(default_factory=ConfluentDelays)
    outcomes: ConfluentOutcomes = Field(default_factory=ConfluentOutcomes)
    rate_limit: ConfluentRateLimit = Field(default_factory=ConfluentRateLimit)
    refusals: ConfluentRefusals = Field(default_factory=ConfluentRefusals)
    peerings_per_network: int = Field(default=5, ge=0)
    """The quota exists; the number is from an old page of the documentation ("up to five VPCs")."""
    read_lag: float = Field(default=0, ge=0)
    """The age of the state that the lists show; reading one network or peering has no lag."""
    missing_status: Literal[404, 403] = 404
    """For a network or peering that does not exist; the Terraform provider takes both for it."""
    long_kinds: bool = False
    """Whether answers say ``networking.v1.AwsPeering``, as recorded answers do, and not ``AwsPeering``."""
    last_page_next: Literal["", "null", "absent"] = ""
    """``metadata.next`` of the last page: recorded answers have an empty text."""
