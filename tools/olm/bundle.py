"""The files of the bundle: a ClusterServiceVersion, the CustomResourceDefinitions, annotations, and a Dockerfile."""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import yaml

from atlas_streams_peering import __version__
from atlas_streams_peering.kinds.resources import KINDS, crd_files
from chart.helm import RELEASE, Manifest, named, render
from chart.metadata import CHART_YAML, ICON, example
from olm.descriptors import owned

_HEADER: Final = "# Generated from the chart and the kinds by `make olm`. Do not edit.\n"
_MEDIA: Final = "operators.operatorframework.io"
_TARGETS: Final = {
    "name": "WATCH_NAMESPACES",
    "valueFrom": {"fieldRef": {"fieldPath": "metadata.annotations['olm.targetNamespaces']"}},
}
"""OLM writes the namespaces that an OperatorGroup selects into this annotation; it is empty for all of them."""
_VALUES: Final = {
    "crds": {"enabled": False},
    # OpenShift gives each namespace its own range of users.
    "podSecurityContext": {"runAsUser": None, "runAsGroup": None},
}
_ANNOTATIONS: Final = {
    f"{_MEDIA}.bundle.mediatype.v1": "registry+v1",
    f"{_MEDIA}.bundle.manifests.v1": "manifests/",
    f"{_MEDIA}.bundle.metadata.v1": "metadata/",
    f"{_MEDIA}.bundle.package.v1": RELEASE,
    f"{_MEDIA}.bundle.channels.v1": "alpha",
    f"{_MEDIA}.bundle.channel.default.v1": "alpha",
}
_DESCRIPTION: Final = """\
The operator handles the VPC peering connections of MongoDB Atlas Stream Processing. It finds a peering request by AWS
account and VPC, or by name, accepts it, and reports its state until the connection is active. It also requests the
Confluent Cloud side of a peering, has Atlas request peerings with your own VPC, and reports the account and network of
Atlas to those who make a request.

Before you create an object, create a Secret with Atlas credentials in its namespace: the keys are `publicApiKey` and
`privateApiKey`, or `clientId` and `clientSecret`. To accept requests, the credentials need the role Project Stream
Processing Owner.

Before you remove the operator, delete the objects. An object that holds a connection waits until an operator deletes
it.
"""


def bundle_files(*, image: Mapping[str, str] | None = None, repository: str | None = None) -> dict[str, str]:
    """Return path → content of the bundle's directory.

    `image`: values of the chart that name a published one. `repository`: the address of the source.
    """
    rendered = render({**_VALUES, "image": dict(image or {})})
    crds = {f"manifests/{name}": content for name, content in crd_files().items()}
    return crds | {
        f"manifests/{RELEASE}.clusterserviceversion.yaml": _file(_version(rendered, repository)),
        "metadata/annotations.yaml": _file({"annotations": _ANNOTATIONS}),
        "Dockerfile": _dockerfile(),
    }


def _version(rendered: list[Manifest], repository: str | None) -> Manifest:
    chart = yaml.safe_load(CHART_YAML.read_text())
    deployment = named(rendered, "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    container["env"] = sorted([*container["env"], _TARGETS], key=lambda one: str(one["name"]))
    annotations = {
        "alm-examples": json.dumps([example(kind) for kind in KINDS], indent=2),
        "capabilities": chart["annotations"]["artifacthub.io/operatorCapabilities"],
        "categories": "Networking, Streaming & Messaging",
        "containerImage": container["image"],
        "description": chart["description"],
        "features.operators.openshift.io/disconnected": "false",
        "features.operators.openshift.io/fips-compliant": "false",
        "features.operators.openshift.io/proxy-aware": "true",
        "operatorframework.io/suggested-namespace": RELEASE,
        **({"repository": repository} if repository else {}),
    }
    people = [one["name"] for one in chart["maintainers"]]
    return {
        "apiVersion": "operators.coreos.com/v1alpha1",
        "kind": "ClusterServiceVersion",
        "metadata": {
            "name": f"{RELEASE}.v{__version__}",
            "namespace": "placeholder",
            "annotations": annotations,
        },
        "spec": {
            "displayName": "Atlas Streams Peering",
            "description": _DESCRIPTION,
            "version": __version__,
            "maturity": "alpha",
            "minKubeVersion": chart["kubeVersion"].removeprefix(">=").removesuffix("-0"),
            "keywords": chart["keywords"],
            "provider": {"name": people[0], **({"url": repository} if repository else {})},
            "links": [{"name": "Documentation", "url": f"{repository}/tree/main/docs"}] if repository else [],
            "icon": [
                {"base64data": base64.b64encode(ICON.read_bytes()).decode(), "mediatype": "image/svg+xml"},
            ],
            "installModes": [
                {"type": mode, "supported": True}
                for mode in ("OwnNamespace", "SingleNamespace", "MultiNamespace", "AllNamespaces")
            ],
            "customresourcedefinitions": {"owned": [owned(kind) for kind in KINDS]},
            "install": {
                "strategy": "deployment",
                "spec": {
                    # OLM makes Roles of these in each namespace that is served, and a ClusterRole where all are.
                    "permissions": [{"serviceAccountName": RELEASE, "rules": list(_rules(rendered))}],
                    "deployments": [
                        {
                            "name": deployment["metadata"]["name"],
                            "label": deployment["spec"]["template"]["metadata"]["labels"],
                            "spec": deployment["spec"],
                        }
                    ],
                },
            },
        },
    }


def _rules(rendered: Iterable[Manifest]) -> Iterable[Mapping[str, Any]]:
    """Yield what the chart lets the operator's account do, in the whole cluster and in its own namespace."""
    roles = {(one["kind"], one["metadata"]["name"]): one["rules"] for one in rendered if "rules" in one}
    for binding in rendered:
        if binding["kind"] in ("ClusterRoleBinding", "RoleBinding"):
            yield from roles[binding["roleRef"]["kind"], binding["roleRef"]["name"]]


def _dockerfile() -> str:
    labels = "".join(f"LABEL {key}={value}\n" for key, value in _ANNOTATIONS.items())
    return f"{_HEADER}FROM scratch\n{labels}COPY manifests /manifests/\nCOPY metadata /metadata/\n"


def _file(content: Manifest) -> str:
    return _HEADER + yaml.safe_dump(content, sort_keys=False, width=110, allow_unicode=True)
