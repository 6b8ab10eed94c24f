"""What a program says its version is, since a file of its name may be a stub."""

import re
import subprocess
from functools import cache


@cache
def stated_version(command: tuple[str, ...], pattern: str) -> tuple[int, int]:
    """Return the two numbers that the pattern finds in what the command prints; (0, 0) when it does not."""
    try:
        answer = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0)
    version = re.search(pattern, answer.stdout)
    return (int(version[1]), int(version[2])) if version else (0, 0)
