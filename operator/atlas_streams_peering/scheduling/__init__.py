"""Scheduling: the clock, the work queue, backoff, and the shutdown."""
