"""Distinguishes the cancellation of the running task from that of something it awaits."""

import asyncio


def being_cancelled() -> bool:
    """Return whether the running task itself is being cancelled, and not something that it awaits."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
