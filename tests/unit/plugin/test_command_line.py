"""The command line as a whole."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from atlas_streams_peering import __version__
from atlas_streams_peering.kube.api import KubernetesError
from atlas_streams_peering.kube.user import KubeconfigUnusable
from atlas_streams_peering.plugin.completion import completions
from atlas_streams_peering.plugin.entry import EXTRA
from atlas_streams_peering.plugin.exit_codes import ExitCode
from atlas_streams_peering.plugin.failures import Failure, failure_of
from atlas_streams_peering.plugin.main import run
from atlas_streams_peering.transport.errors import (
    AccessListBlocked,
    CredentialsInvalid,
    ProjectNotFound,
    RateLimited,
    Unauthorized,
    Unavailable,
)

ROOT = Path(__file__).parents[3]
COMMANDS = ("list", "adopt", "accept", "reject", "delete", "account-details", "outbound", "wait", "doctor")


@pytest.mark.parametrize("main", ["main", "complete"])
@pytest.mark.parametrize(("missing", "named"), [(("rich",), "rich"), (("click", "rich"), "click and rich")])
def test_where_the_extra_is_missing_one_line_says_what_to_install(
    main: str, missing: tuple[str, ...], named: str
) -> None:
    hidden = "".join(f"sys.modules[{name!r}] = None; " for name in missing)
    code = f"import sys; {hidden}from atlas_streams_peering.plugin.entry import {main}; {main}()"

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"kubectl atlas-peering needs {named}: install it with `pipx install '{EXTRA}'`")


def test_the_image_does_without_the_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {*project["optional-dependencies"]} == {"kubectl"}
    assert "\nrich==" not in (ROOT / "requirements" / "run.lock").read_text()
    assert "\nrich==" in (ROOT / "requirements" / "dev.lock").read_text()


def test_help_and_suggestions_wait_for_no_library_of_a_command() -> None:
    code = "import sys; from atlas_streams_peering.plugin.main import run; run(['--help']); print([*sys.modules])"

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = ended.stdout.splitlines()[-1]
    assert [name for name in ("aiohttp", "kubernetes", "httpx", "pydantic", "rich") if f"'{name}'" in loaded] == []


def test_a_reader_that_has_gone_causes_no_traceback() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    code = "from atlas_streams_peering.plugin.entry import main; main()"

    ended = subprocess.run(
        [sys.executable, "-c", code, "--help"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)

    assert (ended.returncode, ended.stderr) == (1, "")


def test_the_version_is_that_of_the_operator(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == ExitCode.DONE
    assert capsys.readouterr().out == f"{__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_its_exit_and_options(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == ExitCode.DONE
    assert f"kubectl atlas-peering {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["nope"],
        ["accept"],
        ["list", "--output", "xml"],
        ["wait", "pod/kafka"],
        ["wait", "kafka", "--timeout", "soon"],
        ["accept", "pcx-1", "--dry-run=client"],
    ],
)
def test_a_wrong_command_line_is_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == ExitCode.USAGE
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Failure("No.", ExitCode.REFUSED), ExitCode.REFUSED),
        (KubernetesError(404, "NotFound", "no"), ExitCode.NOT_FOUND),
        (KubernetesError(403, "Forbidden", "no"), ExitCode.NO_ACCESS),
        (KubernetesError(0, "", "no answer"), ExitCode.FAILED),
        (KubeconfigUnusable(0, "", "no context"), ExitCode.USAGE),
        (ProjectNotFound("no"), ExitCode.NOT_FOUND),
        (CredentialsInvalid("no"), ExitCode.NO_ACCESS),
        (Unauthorized("no"), ExitCode.NO_ACCESS),
        (AccessListBlocked("no"), ExitCode.NO_ACCESS),
        (RateLimited("no"), ExitCode.FAILED),
        (Unavailable("no"), ExitCode.FAILED),
    ],
)
def test_what_goes_wrong_has_its_exit_code(error: Exception, code: ExitCode) -> None:
    failure = failure_of(error)

    assert failure is not None
    assert failure.code is code


@pytest.mark.parametrize(
    ("advice", "here"),
    [
        ("check the name, and the DNS of the cluster", "check the name, and the DNS of this machine"),
        (
            "check HTTPS_PROXY and the egress rules of the cluster",
            "check HTTPS_PROXY and the firewall of this machine's network",
        ),
    ],
)
def test_a_request_that_fails_is_not_blamed_on_the_cluster(advice: str, here: str) -> None:
    assert str(failure_of(Unavailable(advice))) == here


def test_what_nobody_foresaw_is_no_failure_but_a_fault() -> None:
    assert failure_of(ZeroDivisionError()) is None


def test_all_commands_are_suggested() -> None:
    *suggested, directive = completions([""])

    assert {line.split("\t")[0] for line in suggested} >= {*COMMANDS}
    assert directive == ":4"


@pytest.mark.parametrize(
    ("words", "suggested"),
    [
        (["list", "--unm"], ["--unmanaged\tShow only live connections that no object manages."]),
        (["list", "-o", "w"], ["wide"]),
        (["account-details", "--provider", ""], ["aws", "azure", "gcp"]),
        (["outbound", "l"], ["list\tList the outbound peerings of a project and the objects that manage them."]),
    ],
)
def test_options_and_their_values_are_suggested(words: list[str], suggested: list[str]) -> None:
    assert [*completions(words)] == [*suggested, ":4"]


def test_for_a_path_the_shell_suggests_files() -> None:
    assert [*completions(["list", "--kubeconfig", "./"])][-1] == ":0"


def test_what_cannot_be_suggested_is_left_out_without_a_word(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))

    assert [*completions(["wait", ""])] == [":4"]
    assert [*completions(["accept", "pcx-"])] == [":4"]
    assert "Traceback" not in capsys.readouterr().err
