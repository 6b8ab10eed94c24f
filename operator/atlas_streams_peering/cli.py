"""The console script. It imports almost nothing, so that it handles signals from the start."""

import os
import signal
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0 success, 1 failure, 2 wrong usage."""
    words = sys.argv[1:] if arguments is None else arguments
    # An operator that has not started yet stops with success. A check that was interrupted has failed.
    code = 0 if "run" in words[:1] else 128 + signal.SIGTERM
    # Process 1 of a container has no default handlers. Without this one, a SIGTERM during the imports or during a check
    # would be lost. The operator's loop replaces it.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(code))
    from .commands import execute  # noqa: PLC0415  # imported late, because it takes time

    return execute(words)


if __name__ == "__main__":
    sys.exit(main())
