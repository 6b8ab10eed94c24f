"""Kubernetes operator for MongoDB Atlas Stream Processing VPC peering connections."""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("atlas-streams-peering")
