"""Questions are asked while asyncio runs, whose handler of Ctrl-C only cancels the task."""

import asyncio
import signal
from unittest import mock

import click
import pytest

from atlas_streams_peering.plugin.asking import confirm


def test_ctrl_c_ends_a_question_at_once() -> None:
    def press(*_: object, **__: object) -> str:
        signal.raise_signal(signal.SIGINT)
        return "y"

    async def command() -> None:
        during = signal.getsignal(signal.SIGINT)
        with pytest.raises(click.Abort):
            confirm("Delete this connection?", yes=False)
        assert signal.getsignal(signal.SIGINT) == during

    with mock.patch("sys.stdin.isatty", return_value=True), mock.patch("click.termui.visible_prompt_func", press):
        asyncio.run(command())
