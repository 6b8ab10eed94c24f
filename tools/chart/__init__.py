"""The Helm chart: rendered for tests and manifests, and what is generated for it."""

from chart.container import Container, containers
from chart.helm import CHART, ChartRefusedError, Manifest, helm, is_hook, named, render
from chart.permissions import Grant, Request, grants, permissions, requests

__all__ = [
    "CHART",
    "ChartRefusedError",
    "Container",
    "Grant",
    "Manifest",
    "Request",
    "containers",
    "grants",
    "helm",
    "is_hook",
    "named",
    "permissions",
    "render",
    "requests",
]
