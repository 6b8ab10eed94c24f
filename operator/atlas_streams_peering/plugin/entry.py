"""The console scripts of the plugin. If the extra is not installed, they say how to install it."""

import sys
from importlib.util import find_spec
from typing import Final

EXTRA: Final = "atlas-streams-peering[kubectl]"

_NEEDED: Final = ("click", "rich")


def main() -> None:
    """Run ``kubectl atlas-peering``; end with one of the exit codes of `exit_codes`."""
    if not _installed():
        sys.exit(1)
    from .main import run  # noqa: PLC0415  # only where the extra is installed

    sys.exit(run(sys.argv[1:]))


def complete() -> None:
    """Run ``kubectl_complete-atlas_peering``, which kubectl calls to complete a command line."""
    if not _installed():
        sys.exit(1)
    from .completion import print_completions  # noqa: PLC0415  # as above

    print_completions(sys.argv[1:])


def _installed() -> bool:
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        sys.stderr.write(
            f"kubectl atlas-peering needs {' and '.join(missing)}: install it with `pipx install '{EXTRA}'`, "
            f"`uv tool install '{EXTRA}'` or `pip install '{EXTRA}'`.\n"
        )
    return not missing
