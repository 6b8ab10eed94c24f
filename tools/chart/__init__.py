"""The Helm chart: rendered for tests and manifests, and what is generated for it."""

from chart.container import Container, containers
from chart.helm import CHART, ChartRefusedError, Manifest, helm, is_hook, named, render
from chart.permissions import Grant, Request, denied, grants, permissions, requests, ungranted, unused

__all__ = [
    "CHART",
    "ChartRefusedError",
    "Container",
    "Grant",
    "Manifest",
    "Request",
    "containers",
    "denied",
    "grants",
    "helm",
    "is_hook",
    "named",
    "permissions",
    "render",
    "requests",
    "ungranted",
    "unused",
]
