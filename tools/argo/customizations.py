"""Argo CD's settings for a kind, from the Lua files in its own layout."""

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ARGOCD: Final = ROOT / "argocd"
CUSTOMIZATIONS: Final = ARGOCD / "resource_customizations"
GROUP: Final = "atlasstreams.io"
KIND: Final = "StreamsVpcPeering"
DETAILS_KIND: Final = "StreamsAccountDetails"
CONFLUENT_KIND: Final = "ConfluentPeering"
OUTBOUND_KIND: Final = "StreamsOutboundVpcPeering"
POLICY_KIND: Final = "StreamsVpcPeeringPolicy"

_GENERATED: Final = "# Generated from resource_customizations/ by `make argocd`. Do not edit.\n"
_CONFIG_MAP: Final = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
data:
"""
_CHART_VALUES: Final = """\
configs:
  cm:
"""


@dataclass(frozen=True)
class Customization:
    """What Argo CD is told about one kind."""

    group: str
    kind: str

    @property
    def directory(self) -> Path:
        """Where its files are, laid out as in Argo CD's repository."""
        return CUSTOMIZATIONS / self.group / self.kind

    @property
    def testdata(self) -> Path:
        """Where the objects are that its health check is tested on."""
        return self.directory / "testdata"

    @property
    def actions_testdata(self) -> Path:
        """Where the objects are that its actions shall make."""
        return self.directory / "actions" / "testdata"

    def settings(self) -> dict[str, str]:
        """Return keys and values for the ConfigMap argocd-cm."""
        key = f"{self.group}_{self.kind}"
        return {
            f"resource.customizations.health.{key}": (self.directory / "health.lua").read_text(),
            f"resource.customizations.actions.{key}": self._actions(),
        }

    def _actions(self) -> str:
        actions = self.directory / "actions"
        discovery = (actions / "discovery.lua").read_text()
        scripts = {path.parent.name: path.read_text() for path in sorted(actions.glob("*/action.lua"))}
        definitions = "".join(
            f"- name: {name}\n" + _block("action.lua", script, indent=2) for name, script in scripts.items()
        )
        return _block("discovery.lua", discovery) + f"definitions:\n{definitions}"


PEERING: Final = Customization(GROUP, KIND)
ACCOUNT_DETAILS: Final = Customization(GROUP, DETAILS_KIND)
CONFLUENT_PEERING: Final = Customization(GROUP, CONFLUENT_KIND)
OUTBOUND_PEERING: Final = Customization(GROUP, OUTBOUND_KIND)
POLICY: Final = Customization(GROUP, POLICY_KIND)
ALL: Final = (PEERING, ACCOUNT_DETAILS, CONFLUENT_PEERING, OUTBOUND_PEERING, POLICY)


def generated_files() -> dict[str, str]:
    """Return what is written beside the Lua files: name → content."""
    settings = [item for customization in ALL for item in customization.settings().items()]
    blocks = "".join(_block(key, value) for key, value in settings)
    return {
        "argocd-cm-patch.yaml": _GENERATED + _CONFIG_MAP + textwrap.indent(blocks, "  "),
        "argo-cd-chart-values.yaml": _GENERATED + _CHART_VALUES + textwrap.indent(blocks, "    "),
    }


def _block(key: str, text: str, *, indent: int = 0) -> str:
    """Write a key with a text of several lines as YAML that people can read."""
    return textwrap.indent(f"{key}: |\n" + textwrap.indent(text, "  "), " " * indent)
