"""Prometheus metrics, read from the live state when they are asked for."""

from .registry import Metrics

__all__ = ["Metrics"]
