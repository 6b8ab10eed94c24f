"""Shell completion for kubectl.

kubectl runs ``kubectl_complete-atlas_peering`` with the words after ``kubectl atlas-peering``. The last word is
incomplete. kubectl reads one completion per line, with a tab and a description after it. The last line is a directive:
https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/
"""

from collections.abc import Iterator, Sequence
from typing import Final

import click
from click.shell_completion import ShellComplete

from .main import PROGRAM, cli

_NO_FILES: Final = 4
"""cobra's ShellCompDirectiveNoFileComp."""

_FILES: Final = 0
"""cobra's ShellCompDirectiveDefault: the shell completes names of files."""


def print_completions(words: Sequence[str]) -> None:
    """Print the completions of the last word."""
    for line in completions(words):
        click.echo(line)


def completions(words: Sequence[str]) -> Iterator[str]:
    """Yield the lines of an answer to kubectl."""
    *before, incomplete = words or [""]
    asking = ShellComplete(cli, {}, PROGRAM, "_KUBECTL_ATLAS_PEERING_COMPLETE")
    directive = _NO_FILES
    for item in asking.get_completions(before, incomplete):
        if item.type in ("file", "dir"):
            directive = _FILES
        else:
            yield f"{item.value}\t{item.help}" if item.help else str(item.value)
    yield f":{directive}"
