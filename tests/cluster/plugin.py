"""``kubectl atlas-peering``, as a person runs it."""

import gc
import io
import json
import os
import pty
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from atlas_streams_peering.plugin.main import run
from cluster.namespace import PRIVATE_KEY, PROJECT, PUBLIC_KEY

SCRIPTS = Path(sys.executable).parent
VARIABLES = {"MONGODB_ATLAS_PUBLIC_API_KEY": PUBLIC_KEY, "MONGODB_ATLAS_PRIVATE_API_KEY": PRIVATE_KEY}


@dataclass(frozen=True)
class Answer:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str = ""

    @property
    def items(self) -> dict[str, dict[str, Any]]:
        """The items of ``-o json``, by name."""
        return {item["name"]: item for item in json.loads(self.out)["items"]}

    @property
    def rows(self) -> list[list[str]]:
        """The cells of a table: columns are at least three spaces apart."""
        return [[cell.strip() for cell in line.split("   ") if cell.strip()] for line in self.out.splitlines()]


@dataclass(frozen=True)
class Person:
    """Somebody with a kubeconfig."""

    kubeconfig: Path
    namespace: str
    atlas: str
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, project: str | None = PROJECT, **variables: str) -> Answer:
        """Run a command without a terminal, in this process: to start one takes longer than the command itself."""
        out, err = io.StringIO(), io.StringIO()
        surroundings = mock.patch.dict(os.environ, self._environment(variables), clear=True)
        with surroundings, redirect_stdout(out), redirect_stderr(err):
            code = run(self._command(arguments, project)[2:])
        # TLS connections outlive the command's loop by a turn. Collected in the middle of an import, what pytest says
        # of them meets a fault of Python 3.11: https://github.com/pytest-dev/pytest/issues/10763
        gc.collect()
        assert PRIVATE_KEY not in out.getvalue() + err.getvalue()
        return Answer(code, out.getvalue(), err.getvalue())

    def kubectl(self, *arguments: str, project: str | None = PROJECT, **variables: str) -> Answer:
        """Run a command without a terminal, as kubectl does."""
        made = subprocess.run(
            self._command(arguments, project),
            env=self._environment(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert PRIVATE_KEY not in made.stdout + made.stderr
        return Answer(made.returncode, made.stdout, made.stderr)

    def on_terminal(self, *arguments: str, typing: str = "", **variables: str) -> Answer:
        """Run a command on a terminal of its own, and type something."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            self._command(arguments, PROJECT),
            env=self._environment({"TERM": "xterm", **variables}),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        ) as process:
            os.close(theirs)
            os.write(ours, typing.encode())
            shown = b""
            while chunk := _read(ours):
                shown += chunk
            process.wait(timeout=60)
        os.close(ours)
        return Answer(process.returncode, shown.decode())

    def interrupted(self, *arguments: str) -> Answer:
        """Run a command, and press Ctrl-C once it says something."""
        with subprocess.Popen(
            self._command(arguments, PROJECT),
            env=self._environment({}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr is not None
            said = process.stderr.readline()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        return Answer(process.returncode, out, said + err)

    def completions(self, *words: str) -> list[str]:
        """Return the lines with which kubectl has a command line completed."""
        made = subprocess.run(
            ["kubectl", "__complete", "atlas-peering", *words],
            env=self._environment({"MONGODB_ATLAS_PROJECT_ID": PROJECT}),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return made.stdout.splitlines()

    def _command(self, arguments: tuple[str, ...], project: str | None) -> list[str]:
        scope = [f"--project={project}"] if project and arguments[0] not in ("wait", "outbound") else []
        return ["kubectl", "atlas-peering", *arguments, f"--namespace={self.namespace}", *scope]

    def _environment(self, variables: dict[str, str]) -> dict[str, str]:
        return {
            "PATH": f"{SCRIPTS}:{os.environ['PATH']}",
            "HOME": str(self.kubeconfig.parent),
            "KUBECONFIG": str(self.kubeconfig),
            "ATLAS_BASE_URL": self.atlas,
            **self.variables,
            **variables,
        }


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b""  # the other end is closed
