"""Prometheus metrics, collected from the live state at each scrape."""

from .registry import Metrics

__all__ = ["Metrics"]
