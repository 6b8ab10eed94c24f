"""Kubernetes' own schemas, as far as the chart's objects need them, and validation against them.

The schemas of a minor version are those that its module publishes (``api/openapi-spec``), the Prometheus Operator's
those of its CRDs, both reduced to what the chart renders. That of the Operator Lifecycle Manager is for its bundle.
They stand in tests/chart/schemas, so that no test downloads.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import jsonschema
import yaml

from chart.helm import ROOT, Manifest

SCHEMAS: Final = ROOT / "tests" / "chart" / "schemas"
OLDEST, NEWEST = "1.32", "1.37"
KUBERNETES: Final = {OLDEST: "k8s.io/kubernetes@v1.32.13", NEWEST: "k8s.io/kubernetes@v1.37.2"}
"""The oldest and the newest minor version that are supported, and the modules with their schemas."""
PROMETHEUS_OPERATOR: Final = "github.com/prometheus-operator/prometheus-operator@v0.85.0"

OLM: Final = "github.com/operator-framework/api@v0.9.1"

_KINDS: Final = frozenset(
    {
        "apiextensions.k8s.io/v1/CustomResourceDefinition",
        "apps/v1/Deployment",
        "batch/v1/Job",
        "networking.k8s.io/v1/NetworkPolicy",
        "policy/v1/PodDisruptionBudget",
        "rbac.authorization.k8s.io/v1/ClusterRole",
        "rbac.authorization.k8s.io/v1/ClusterRoleBinding",
        "rbac.authorization.k8s.io/v1/Role",
        "rbac.authorization.k8s.io/v1/RoleBinding",
        "v1/ConfigMap",
        "v1/Namespace",
        "v1/Pod",
        "v1/Service",
        "v1/ServiceAccount",
    }
)
_MONITORING: Final = ("servicemonitors", "podmonitors", "prometheusrules")
_BUNDLE: Final = "clusterserviceversions"
_QUANTITY: Final = "io.k8s.apimachinery.pkg.api.resource.Quantity"


class Validator:
    """Says what of a manifest Kubernetes would not take: wrong types, missing and unknown fields."""

    def __init__(self, minor: str) -> None:
        stored = json.loads((SCHEMAS / f"kubernetes-{minor}.json").read_text())
        self._kinds: dict[str, str] = stored["kinds"]
        self._definitions: dict[str, Any] = {name: _strict(one) for name, one in stored["definitions"].items()}
        self._definitions[_QUANTITY] = {"type": ["string", "number"]}
        for crd in (*prometheus_operator_crds(), cluster_service_version_crd()):
            version = next(one for one in crd["spec"]["versions"] if one["storage"])
            name = f"{crd['spec']['group']}/{version['name']}/{crd['spec']['names']['kind']}"
            self._kinds[name] = name.replace("/", ".")
            root = version["schema"]["openAPIV3Schema"]
            self._definitions[self._kinds[name]] = _strict(root)

    def problems(self, manifest: Manifest) -> list[str]:
        """Return what is wrong, each with its place; nothing when all is right."""
        name = f"{manifest['apiVersion']}/{manifest['kind']}"
        if name not in self._kinds:
            return [f"{name} is no kind that is known here"]
        schema = {"$ref": f"#/definitions/{self._kinds[name]}", "definitions": self._definitions}
        return [
            f"{error.json_path}: {error.message}" for error in jsonschema.Draft7Validator(schema).iter_errors(manifest)
        ]


def prometheus_operator_crds() -> list[Manifest]:
    """Return the CRDs of the Prometheus Operator whose objects the chart renders."""
    crds: list[Manifest] = json.loads((SCHEMAS / "prometheus-operator.json").read_text())["crds"]
    return crds


def cluster_service_version_crd() -> Manifest:
    """Return the CRD of a bundle's ClusterServiceVersion; a Deployment in it is to be validated as one."""
    crd: Manifest = json.loads((SCHEMAS / "olm.json").read_text())["crd"]
    return crd


def extract() -> None:
    """Write the stored schemas anew, from the modules named above."""
    with tempfile.TemporaryDirectory() as scratch:
        SCHEMAS.mkdir(parents=True, exist_ok=True)
        for minor, module in KUBERNETES.items():
            directory, checksum = _download(module, Path(scratch))
            swagger = json.loads((directory / "api" / "openapi-spec" / "swagger.json").read_text())
            kinds = dict(_kinds(swagger["definitions"]))
            definitions = _reachable(swagger["definitions"], sorted(kinds.values()))
            _store(f"kubernetes-{minor}.json", {"source": f"{module} {checksum}", "kinds": kinds}, definitions)
        directory, checksum = _download(PROMETHEUS_OPERATOR, Path(scratch))
        files = directory / "example" / "prometheus-operator-crd"
        crds = [yaml.safe_load((files / f"monitoring.coreos.com_{name}.yaml").read_text()) for name in _MONITORING]
        lines = ",\n".join(json.dumps(_bare(crd), sort_keys=True) for crd in crds)
        source = json.dumps(f"{PROMETHEUS_OPERATOR} {checksum}")
        (SCHEMAS / "prometheus-operator.json").write_text(f'{{"source": {source}, "crds": [\n{lines}\n]}}\n')
        _extract_olm(Path(scratch))


def _extract_olm(scratch: Path) -> None:
    directory, checksum = _download(OLM, scratch)
    crd = yaml.safe_load((directory / "crds" / f"operators.coreos.com_{_BUNDLE}.yaml").read_text())
    (version,) = crd["spec"]["versions"]
    install = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["install"]
    # A whole Deployment, which the schemas of Kubernetes have already.
    install["properties"]["spec"]["properties"]["deployments"]["items"]["properties"]["spec"] = {"type": "object"}
    source, line = json.dumps(f"{OLM} {checksum}"), json.dumps(_bare(crd), sort_keys=True)
    (SCHEMAS / "olm.json").write_text(f'{{"source": {source}, "crd":\n{line}\n}}\n')


def _download(module: str, scratch: Path) -> tuple[Path, str]:
    answer = subprocess.run(
        ["go", "mod", "download", "-modcacherw", "-json", module],
        cwd=scratch,
        capture_output=True,
        text=True,
        check=True,
    )
    described = json.loads(answer.stdout)
    return Path(described["Dir"]), described["Sum"]


def _kinds(definitions: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, definition in sorted(definitions.items()):
        for one in definition.get("x-kubernetes-group-version-kind", ()):
            key = "/".join(part for part in (one["group"], one["version"], one["kind"]) if part)
            if key in _KINDS:
                yield key, name


def _reachable(definitions: dict[str, Any], names: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = _bare(definitions[name])
            waiting += _references(found[name])
    return dict(sorted(found.items()))


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.rpartition("/")[2]
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _bare(schema: Any, *, names: bool = False) -> Any:
    """Leave out what no validation needs. Under `properties` keys are names, and every one counts."""
    if isinstance(schema, list):
        return [_bare(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    dropped = ("description", "x-kubernetes-group-version-kind", "example")
    kept = schema if names else {key: value for key, value in schema.items() if key not in dropped}
    return {key: _bare(value, names=not names and key == "properties") for key, value in kept.items()}


def _store(name: str, head: dict[str, Any], definitions: dict[str, Any]) -> None:
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value, sort_keys=True)}" for key, value in definitions.items())
    opening = json.dumps(head, sort_keys=True).removesuffix("}")
    (SCHEMAS / name).write_text(f'{opening}, "definitions": {{\n{lines}\n}}}}\n')


def _strict(schema: Any, *, names: bool = False) -> Any:
    """Refuse unknown fields, and read Kubernetes' own formats."""
    if isinstance(schema, list):
        return [_strict(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: _strict(value, names=not names and key == "properties") for key, value in schema.items()}
    if names:
        return strict
    if strict.get("format") == "int-or-string" or strict.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    open_ended = "additionalProperties" in strict or strict.get("x-kubernetes-preserve-unknown-fields")
    if "properties" in strict and not open_ended:
        strict["additionalProperties"] = False
    if strict.get("nullable") and "type" in strict:
        strict["type"] = [strict["type"], "null"]
    return strict
