"""The git repository that Argo CD syncs from."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

# Whoever runs the tests, and whatever their git is told.
_ENVIRONMENT: Final = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "a user",
    "GIT_AUTHOR_EMAIL": "user@example.com",
    "GIT_COMMITTER_NAME": "a user",
    "GIT_COMMITTER_EMAIL": "user@example.com",
}
BRANCH: Final = "main"
CHART_FOLDER: Final = "charts/atlas-streams-peering"


class Repository:
    """A repository on this machine, with one branch."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._git("init", "--quiet", f"--initial-branch={BRANCH}")

    @property
    def url(self) -> str:
        return self._directory.as_uri()

    def commit_manifests(self, folder: str, manifests: Mapping[str, Any]) -> str:
        """Let a folder hold these manifests, by the name of their file, and nothing else; return the revision."""
        path = self._directory / folder
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        # A folder that git does not know is one that Argo CD does not find.
        (path / ".gitkeep").touch()
        for name, manifest in manifests.items():
            (path / f"{name}.yaml").write_text(yaml.safe_dump(manifest, sort_keys=False))
        return self._commit(folder)

    def commit_copy(self, folder: str, source: Path) -> str:
        """Let a folder be a copy of a directory; return the revision."""
        path = self._directory / folder
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(source, path)
        return self._commit(folder)

    def _commit(self, folder: str) -> str:
        self._git("add", "--all", folder)
        self._git("commit", "--quiet", "--allow-empty", f"--message=Change {folder}")
        return self._git("rev-parse", "HEAD")

    def _git(self, *arguments: str) -> str:
        environment = {"PATH": os.environ["PATH"], "HOME": os.devnull, **_ENVIRONMENT}
        answer = subprocess.run(
            ["git", *arguments], cwd=self._directory, env=environment, capture_output=True, text=True, check=True
        )
        return answer.stdout.strip()
