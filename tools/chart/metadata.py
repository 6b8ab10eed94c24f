"""What Chart.yaml says of the kinds, for catalogues such as Artifact Hub: from the models, and from examples/."""

import re
from collections.abc import Mapping
from typing import Any, Final

import yaml

from atlas_streams_peering.api.crd import CustomResource
from atlas_streams_peering.api.group import VERSION
from atlas_streams_peering.kinds.resources import KINDS
from chart.helm import CHART, ROOT

CHART_YAML: Final = CHART / "Chart.yaml"
ICON: Final = CHART / "icon.svg"
MARK: Final = "  # Generated from the kinds and examples/ by `make chart`. Do not edit below this line.\n"

_EXAMPLES: Final = {
    "StreamsVpcPeering": "accept.yaml",
    "StreamsAccountDetails": "account-details.yaml",
    "ConfluentPeering": "confluent/confluent-peering.yaml",
    "StreamsOutboundVpcPeering": "outbound/peering.yaml",
    "StreamsVpcPeeringPolicy": "policy/accept.yaml",
}
"""Kind → the file of examples/ that shows it."""


def display_name(kind: str) -> str:
    """Return a kind's name in words.

    >>> display_name("StreamsVpcPeering")
    'Streams VPC Peering'
    """
    return " ".join(re.findall(r"[A-Z][a-z]+", kind)).replace("Vpc", "VPC")


def example(kind: CustomResource) -> dict[str, Any]:
    """Return the object that shows a kind."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "examples" / _EXAMPLES[kind.kind]).read_text())
    return found


def chart_yaml() -> str:
    """Return Chart.yaml: what stands above the mark as it is, and below it what Artifact Hub is told of the kinds."""
    written, mark, _ = CHART_YAML.read_text().partition(MARK)
    if not mark:
        raise ValueError(f"{CHART_YAML} has no line {MARK.strip()!r}")
    kinds = [
        {
            "kind": kind.kind,
            "version": VERSION,
            "name": kind.crd_name,
            "displayName": display_name(kind.kind),
            "description": kind.description,
        }
        for kind in KINDS
    ]
    return written + mark + annotations({"crds": kinds, "crdsExamples": [example(kind) for kind in KINDS]})


def annotations(values: Mapping[str, Any]) -> str:
    """Return annotations of Artifact Hub as lines of Chart.yaml: a value that is no text is YAML inside YAML."""
    texts = {
        f"artifacthub.io/{key}": value if isinstance(value, str) else _yaml(value, width=100)
        for key, value in values.items()
    }
    return "".join(f"  {line}\n" for line in _yaml(texts, width=1000).splitlines())


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as people would."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _yaml(value: Any, *, width: int) -> str:
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=width, allow_unicode=True)
    return text
