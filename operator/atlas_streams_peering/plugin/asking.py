"""Asks the person for confirmation before a change."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from .exit_codes import ExitCode
from .failures import Failure


def confirm(question: str, *, yes: bool) -> None:
    """Return when the person has agreed; `yes`: they agreed on the command line.

    Raises
    ------
    Failure
        They do not agree, or there is no terminal: `ExitCode.DECLINED`.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise Failure(f"{question} There is no terminal to ask on: use --yes.", ExitCode.DECLINED)
    with _interruptible():
        agreed = click.confirm(question, err=True)
    if not agreed:
        raise Failure("Nothing was changed.", ExitCode.DECLINED)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Make Ctrl-C end a question at once: asyncio's handler only cancels the task, which still waits for the answer."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
