"""Asks a person before something is changed."""

import sys

import click

from .exit_codes import ExitCode
from .failures import Failure


def confirm(question: str, *, yes: bool) -> None:
    """Return once the person agrees; `yes`: they did so on the command line.

    Raises
    ------
    Failure
        They do not agree, or nobody can be asked: `ExitCode.DECLINED`.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise Failure(f"{question} There is no terminal to ask on: use --yes.", ExitCode.DECLINED)
    if not click.confirm(question, err=True):
        raise Failure("Nothing was changed.", ExitCode.DECLINED)
