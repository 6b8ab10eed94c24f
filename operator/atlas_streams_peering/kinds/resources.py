"""All kinds. As a program (``python -m atlas_streams_peering.api.kinds crds``), writes their definitions."""

import sys
from pathlib import Path
from typing import Final

from ..api.crd import CustomResource, as_yaml
from .confluent_peering.resource import CONFLUENT_PEERING
from .streams_account_details.resource import STREAMS_ACCOUNT_DETAILS
from .streams_outbound_vpc_peering.resource import STREAMS_OUTBOUND_VPC_PEERING
from .streams_vpc_peering.resource import STREAMS_VPC_PEERING
from .streams_vpc_peering_policy.resource import STREAMS_VPC_PEERING_POLICY

KINDS: Final[tuple[CustomResource, ...]] = (
    STREAMS_VPC_PEERING,
    STREAMS_ACCOUNT_DETAILS,
    CONFLUENT_PEERING,
    STREAMS_OUTBOUND_VPC_PEERING,
    STREAMS_VPC_PEERING_POLICY,
)


def kinds_served(*, policies: bool) -> tuple[CustomResource, ...]:
    """Return the kinds that an operator serves; without `policies`, StreamsVpcPeeringPolicy is left out."""
    return tuple(kind for kind in KINDS if policies or kind is not STREAMS_VPC_PEERING_POLICY)


_HEADER = "# Generated from the models in operator/atlas_streams_peering/kinds by `make crds`. Do not edit.\n"


def crd_files() -> dict[str, str]:
    """Return file name → content of every CustomResourceDefinition."""
    return {f"{kind.crd_name}.yaml": _HEADER + as_yaml(kind.manifest()) for kind in KINDS}


def main(directory: str) -> None:
    """Write the files into `directory`."""
    for name, content in crd_files().items():
        (Path(directory) / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
