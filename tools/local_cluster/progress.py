"""What a long task says on stderr, so that nobody takes it for a hang."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

TERMINAL_INTERVAL = 1.0
LINE_INTERVAL = 10.0


def say(line: str) -> None:
    """Print one line at once; stdout stays free for what a caller wants to evaluate."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def timed(task: str) -> Iterator[None]:
    """Show the task and its elapsed time until the block ends, on a terminal in place, else line by line."""
    terminal = sys.stderr.isatty()
    interval = TERMINAL_INTERVAL if terminal else LINE_INTERVAL
    start, ended = time.monotonic(), threading.Event()

    def show(suffix: str = " …", end: str = "\r" if terminal else "\n") -> None:
        elapsed = f"{time.monotonic() - start:4.0f} s"
        print(f"{elapsed}  {task}{suffix}", end=end, file=sys.stderr, flush=True)

    def keep_showing() -> None:
        while not ended.wait(interval):
            show()

    show()
    thread = threading.Thread(target=keep_showing, name="progress", daemon=True)
    thread.start()
    outcome = " failed"
    try:
        yield
        outcome = " done"
    finally:
        ended.set()
        thread.join()
        show(outcome, "\n")
