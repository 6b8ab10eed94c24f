"""What is printed: plain lines, with a little weight on them where there is a terminal."""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Final

_WIDTH: Final = 112
_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


class Screen:
    """Prints at once, so that a pipe shows things as they happen too."""

    def __init__(self) -> None:
        self._styled = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def line(self, text: str = "") -> None:
        """Print a line as it is."""
        print(text, flush=True)

    def title(self, text: str) -> None:
        """Print a heading."""
        self.line(self._in(_BOLD, text))

    def step(self, title: str, detail: str, seconds: float) -> None:
        """Print what is ready, and how long it took."""
        self.line(f"  {title:<18} {detail:<62} {self._in(_DIM, f'{seconds:4.1f} s')}")

    def command(self, *words: str) -> None:
        """Print a command as it is typed; a long one goes on in the next line, as in a shell."""
        self.line()
        typed = " \\\n    ".join(_lines(words))
        self.line(self._in(_BOLD, f"$ {typed}"))

    def suggestion(self, command: str, outcome: str) -> None:
        """Print a command to try, and what comes of it."""
        self.line(f"  {command}")
        self.line(self._in(_DIM, f"      {outcome}"))

    def _in(self, style: str, text: str) -> str:
        return f"{style}{text}{_PLAIN}" if self._styled else text


def _lines(words: Sequence[str]) -> Iterator[str]:
    """Yield the words in lines that are not too long; an option and its value stay together."""
    line = ""
    for phrase in _phrases(words):
        if line and len(line) + 1 + len(phrase) > _WIDTH:
            yield line
            line = ""
        line = f"{line} {phrase}" if line else phrase
    yield line


def _phrases(words: Sequence[str]) -> list[str]:
    phrases: list[str] = []
    for word in words:
        if phrases and phrases[-1].startswith("--") and " " not in phrases[-1] and not word.startswith("-"):
            phrases[-1] += f" {word}"
        else:
            phrases.append(word)
    return phrases
