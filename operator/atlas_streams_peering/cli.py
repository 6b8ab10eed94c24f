"""The console script. It loads next to nothing, so that it can be told to stop from its first moment."""

import os
import signal
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0 in order, 1 it failed, 2 wrong use."""
    words = sys.argv[1:] if arguments is None else arguments
    # An operator that has begun nothing has stopped in order; a check that was cut short has proven nothing.
    code = 0 if "run" in words[:1] else 128 + signal.SIGTERM
    # A container's first process has no default handlers: without this one a SIGTERM that comes while modules are
    # loaded, or during a check, would be lost. The operator's loop puts its own in the place of it.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(code))
    from .commands import execute  # noqa: PLC0415  # only now: it takes a moment

    return execute(words)


if __name__ == "__main__":
    sys.exit(main())
