"""What the workflows call exists, nothing foreign gets into their scripts, and every job may do only what it has to."""

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = {path.stem: path for path in sorted((ROOT / ".github" / "workflows").glob("*.yaml"))}
ACTIONS = sorted((ROOT / ".github" / "actions").glob("*/action.yaml"))
FILES = [*WORKFLOWS.values(), *ACTIONS]
EVERY_FILE = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT / ".github")))
MAY_WRITE = {
    ("release", "image"): {"packages", "id-token", "attestations"},
    ("release", "chart"): {"packages", "id-token"},
    ("release", "release"): {"contents"},
    ("release", "site"): {"pages", "id-token"},
}


def load(path: Path) -> dict[str, Any]:
    # YAML 1.1 takes the key `on` for true.
    content: dict[str, Any] = yaml.load(path.read_text(), Loader=yaml.BaseLoader)  # noqa: S506  # it makes nothing but strings
    return content


def steps(path: Path) -> list[dict[str, Any]]:
    content = load(path)
    jobs = content["jobs"].values() if "jobs" in content else [content["runs"]]
    return [step for job in jobs for step in job.get("steps", ())]


JOBS = [
    pytest.param(job, id=f"{name}-{key}") for name, path in WORKFLOWS.items() for key, job in load(path)["jobs"].items()
]


def scripts() -> str:
    found = [step["run"] for path in FILES for step in steps(path) if "run" in step]
    assert found
    return "\n".join(found)


def test_every_make_target_that_is_called_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = set(re.findall(r"\bmake ([a-z0-9-]+)", scripts()))
    assert called >= {"lint", "test", "demo", "e2e-argocd", "image", "image-test"}
    assert called - targets == set()


def test_every_module_that_is_run_exists() -> None:
    modules = set(re.findall(r"\bpython -m (\w+)", scripts()))
    assert "release" in modules
    assert {module for module in modules if find_spec(module) is None} == set()


@EVERY_FILE
def test_every_action_is_pinned_to_a_commit_with_its_version_beside_it(path: Path) -> None:
    uses = re.findall(r"\buses: (.+)$", path.read_text(), re.MULTILINE)
    for use in uses:
        if use.startswith("./"):
            assert (ROOT / use).exists(), use
        else:
            assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use), use


def test_an_action_is_pinned_to_the_same_commit_everywhere() -> None:
    commits: dict[str, set[str]] = {}
    for path in FILES:
        for name, commit in re.findall(r"\buses: ([^.\s@]\S*)@(.+)$", path.read_text(), re.MULTILINE):
            commits.setdefault(name, set()).add(commit)
    assert commits
    assert {name: pins for name, pins in commits.items() if len(pins) > 1} == {}


@EVERY_FILE
def test_no_script_is_put_together_from_expressions(path: Path) -> None:
    assert [step["run"] for step in steps(path) if "${{" in step.get("run", "")] == []


@EVERY_FILE
def test_no_checkout_leaves_a_token_behind(path: Path) -> None:
    checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert [step for step in checkouts if step.get("with", {}).get("persist-credentials") != "false"] == []


@pytest.mark.parametrize("path", WORKFLOWS.values(), ids=WORKFLOWS)
def test_a_workflow_grants_nothing_to_jobs_that_ask_for_nothing(path: Path) -> None:
    assert load(path)["permissions"] == {}


@pytest.mark.parametrize("job", JOBS)
def test_a_job_says_what_it_may_do_and_when_it_has_failed(job: dict[str, Any]) -> None:
    assert job["permissions"]
    assert "uses" in job or int(job["timeout-minutes"]) <= 60


def test_only_the_jobs_that_publish_may_write() -> None:
    writing = {
        (name, key): {scope for scope, access in job["permissions"].items() if access == "write"}
        for name, path in WORKFLOWS.items()
        for key, job in load(path)["jobs"].items()
    }
    assert {job: scopes for job, scopes in writing.items() if scopes} == MAY_WRITE


def test_nothing_is_published_before_the_versions_agree_and_all_tests_have_passed() -> None:
    jobs = load(WORKFLOWS["release"])["jobs"]

    def before(key: str) -> set[str]:
        needs = jobs[key].get("needs", [])
        direct = {needs} if isinstance(needs, str) else set(needs)
        return direct.union(*(before(one) for one in direct))

    assert jobs["ci"]["uses"] == "./.github/workflows/ci.yaml"
    for _, key in MAY_WRITE:
        assert {"check", "ci"} <= before(key)


def test_nothing_that_is_published_comes_from_a_cache() -> None:
    setups = [step for step in steps(WORKFLOWS["release"]) if step.get("uses") == "./.github/actions/setup"]
    assert setups
    assert [step for step in setups if "with" in step] == []


def test_tests_run_on_the_oldest_python_and_on_that_of_the_image() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pythons = load(WORKFLOWS["ci"])["jobs"]["test"]["strategy"]["matrix"]["python"]
    (of_image,) = re.findall(r"^ARG BASE_IMAGE=python:(\d+\.\d+)-slim@sha256:[0-9a-f]{64}$", dockerfile(), re.MULTILINE)
    assert pythons[0] == project["requires-python"].removeprefix(">=")
    assert of_image in pythons
    (setup,) = ACTIONS
    assert load(setup)["inputs"]["python"]["default"] == of_image


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text()
