"""A stand-in for `go`, which shows what would be built, without the minutes."""

import os
from pathlib import Path

import pytest

GO = """#!/bin/sh
case "$1" in
env) echo "${FAKE_GO_VERSION:-go1.99.0}"; exit;;
list) for module; do :; done; echo "$FAKE_GO_MODULES/$module"; exit;;
esac
while [ "$1" != -o ]; do shift; done
echo "$3" >> "$FAKE_GO_RECORD"
printf 'half' > "$2"
case "$3" in *"${FAKE_GO_FAILS_ON:-nothing}") echo "no space left on device"; exit 1;; esac
sleep 0.1
printf ' and half' >> "$2"
"""


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `go` says that it keeps the modules."""
    modules = tmp_path / "modules"
    monkeypatch.setenv("FAKE_GO_MODULES", str(modules))
    return modules


@pytest.fixture
def record(tmp_path: Path, modules: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a `go` that writes down the packages it is to build."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "go").write_text(GO)
    (programs / "go").chmod(0o755)
    record = tmp_path / "record"
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("FAKE_GO_RECORD", str(record))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.delenv("HELM", raising=False)
    return record
