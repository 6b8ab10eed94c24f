"""The process backstage, as the one in front sees it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from demo.backstage import KEEP
from demo.messages import Failed, Message, Ready, decode
from local_cluster.processes import tail

STOP_TIMEOUT: Final = 30.0
LOG: Final = "backstage.log"


class Companion:
    """The process that holds all that runs. It ends with this one, unless it is told to stay."""

    def __init__(self, cluster: str, directory: Path, *, image: Path | None = None) -> None:
        self._log = directory / LOG
        arguments = ["--cluster", cluster, "--directory", str(directory), *([f"--image={image}"] if image else [])]
        hearing, self._word = os.pipe()
        with self._log.open("ab") as log, os.fdopen(hearing, "rb") as stdin:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "demo.backstage", *arguments],
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=log,
                # A terminal's Ctrl-C is for the process in front, which then ends this one in order.
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process to end when all shall end."""
        return self._process.pid

    def messages(self) -> Iterator[Message]:
        """Yield what it tells, until everything is ready or it has failed."""
        for line in self._process.stdout or ():
            message = decode(line.decode())
            yield message
            if isinstance(message, Ready | Failed):
                return
        yield Failed(f"The process that holds everything ended without a word:\n{tail(self._log)}")

    def keep(self) -> None:
        """Let it stay when this process ends."""
        os.write(self._word, KEEP)

    def stop(self) -> None:
        """End it, and all that it holds."""
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()  # what it started notices, and ends too
            self._process.wait()
