"""docs/kubectl.md: what scripts rely on stands there as the plugin does it."""

import re

import click

from atlas_streams_peering.plugin.exit_codes import ExitCode
from atlas_streams_peering.plugin.main import cli
from docs.documents import ROOT

PAGE = (ROOT / "docs" / "kubectl.md").read_text()


def test_every_exit_code_is_in_the_table() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", PAGE, re.MULTILINE)

    assert [(int(number), name) for number, name in rows] == [(code.value, code.name) for code in ExitCode]


def test_every_command_is_in_the_table() -> None:
    table = PAGE.partition("## Install")[0]
    rows = [re.findall(r"`([a-z -]+)`", row) for row in re.findall(r"^\| \[([^]]+)\]", table, re.MULTILINE)]
    described = {name.partition(" ")[0] for names in rows for name in names}

    assert described == {*cli.list_commands(click.Context(cli))}


def test_every_option_that_the_page_names_exists() -> None:
    context = click.Context(cli)
    commands = [cli.get_command(context, name) for name in cli.list_commands(context)]
    options = {"--help", "--version"}
    for command in commands:
        within = [*command.commands.values()] if isinstance(command, click.Group) else [command]
        options |= {word for one in within if one for parameter in one.params for word in parameter.opts}
    own = "\n".join(line for line in PAGE.splitlines() if "krew" not in line and "kubectl edit" not in line)

    assert set(re.findall(r"--[a-z][a-z-]+", own)) - options == set()
