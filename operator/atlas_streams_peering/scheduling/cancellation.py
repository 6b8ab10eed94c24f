"""Whose cancellation it is: a task that ends by somebody else's ends without anybody noticing."""

import asyncio


def being_cancelled() -> bool:
    """Tell whether the running task itself is to end, and not something that it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
