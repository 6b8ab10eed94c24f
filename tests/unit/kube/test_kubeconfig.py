"""A kubeconfig that cannot work is said in a sentence that names the file, what is wrong with it, and what to do."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from atlas_streams_peering.kube.api import connect, own_namespace
from atlas_streams_peering.kube.kubeconfig import KubeconfigError
from fast_yaml import read_yaml
from local_cluster.kubeconfig import Endpoint, write_kubeconfig

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def outside_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a kubeconfig that works, changed where told, and points KUBECONFIG to it."""

    def write(text: str | None = None, /, **changes: Any) -> Path:
        path = tmp_path / "kubeconfig"
        write_kubeconfig(path, Endpoint("https://127.0.0.1:6443", ""), "token-0451")
        document = read_yaml(path.read_text()) | changes
        document = {key: value for key, value in document.items() if value is not None}
        path.write_text(yaml.safe_dump(document) if text is None else text)
        monkeypatch.setenv("KUBECONFIG", str(path))
        return path

    return write


async def problem() -> str:
    with pytest.raises(KubeconfigError) as caught:
        await connect()
    assert "token-0451" not in str(caught.value)
    return str(caught.value)


def cluster(**fields: Any) -> list[dict[str, Any]]:
    return [{"name": "local", "cluster": {"server": "https://127.0.0.1:6443", **fields}}]


def user(**fields: Any) -> list[dict[str, Any]]:
    return [{"name": "local", "user": fields}]


async def test_one_that_works_is_used(config: Write) -> None:
    config()

    api = await connect()

    await api.close()
    assert api.client.configuration.host == "https://127.0.0.1:6443"
    assert own_namespace() == "default"


@pytest.mark.parametrize("text", ["", "\n# nothing\n", "null"])
async def test_an_empty_one_is_said_to_be_empty(config: Write, text: str) -> None:
    path = config(text)

    assert await problem() == f"the kubeconfig {path} is empty; set KUBECONFIG to the file of your cluster."


async def test_the_null_device_is_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/dev/null")

    assert await problem() == "the kubeconfig /dev/null is empty; set KUBECONFIG to the file of your cluster."
    assert own_namespace() == "default"


async def test_a_missing_one_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))

    assert await problem() == (
        f"there is no kubeconfig {tmp_path / 'absent'}; set KUBECONFIG to the file of your cluster, or run the "
        "operator as a pod with a ServiceAccount."
    )


async def test_without_any_the_default_place_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))

    assert (await problem()).startswith(f"there is no kubeconfig {tmp_path}/.kube/config; ")


async def test_a_pod_without_its_token_is_told_how_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))

    assert (await problem()).endswith(
        "this looks like a pod, but no token of a ServiceAccount is mounted; set automountServiceAccountToken: true."
    )


async def test_a_directory_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path))

    assert await problem() == f"{tmp_path} is a directory; set KUBECONFIG to a file."


async def test_one_that_cannot_be_read_is_said_with_the_systems_words(config: Write, tmp_path: Path) -> None:
    path = config()
    path.unlink()
    path.symlink_to(path)  # a file's mode would stop anyone but root

    assert (await problem()).startswith(f"the kubeconfig {path} cannot be read (Too many levels of symbolic links)")


@pytest.mark.parametrize("text", ["clusters: [", "a: b: c", "\x00"])
async def test_what_is_no_yaml_is_said(config: Write, text: str) -> None:
    path = config(text)

    said = await problem()
    assert said.startswith(f"the kubeconfig {path} is not valid YAML")
    assert "\n" not in said


async def test_bytes_that_are_no_text_are_said(config: Write) -> None:
    path = config()
    path.write_bytes(b"\xff\xfe\x00")

    assert (await problem()).startswith(f"the kubeconfig {path} is not valid YAML")


@pytest.mark.parametrize("text", ["just words", "[1, 2]"])
async def test_yaml_that_is_no_kubeconfig_is_said(config: Write, text: str) -> None:
    path = config(text)

    assert await problem() == f"{path} is not a kubeconfig; set KUBECONFIG to the file of your cluster."


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"current-context": None}, "has no current-context; set one with: kubectl config use-context NAME"),
        ({"current-context": ""}, "has no current-context; set one with: kubectl config use-context NAME"),
        ({"current-context": "gone"}, "has no context gone, which is its current-context; correct the name"),
        ({"contexts": None}, "has no context local, which is its current-context; correct the name"),
        ({"contexts": [{"name": "local"}]}, "has a context local that names no cluster; correct it"),
        ({"contexts": [{"context": {}}]}, "has entries in contexts that are not valid; correct it"),
        ({"contexts": "local"}, "has entries in contexts that are not valid; correct it"),
        ({"clusters": None}, "has no cluster local, which the context local names; correct the name"),
        ({"clusters": []}, "has no cluster local, which the context local names; correct the name"),
        ({"clusters": [{"name": "local"}]}, "names no server for the cluster local; correct it"),
        ({"clusters": [{"name": "local", "cluster": {}}]}, "names no server for the cluster local; correct it"),
        ({"users": []}, "has no user local, which the context local names; correct the name"),
        (
            {"clusters": cluster(**{"certificate-authority-data": "abc"})},
            "has a certificate-authority-data of the cluster local that is not valid base64; correct it",
        ),
        (
            {"users": user(exec={"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-login"})},
            "logs in with the command no-such-login, which is not on the PATH; install it, or use a token",
        ),
    ],
)
async def test_what_is_missing_in_one_is_named(config: Write, changes: dict[str, Any], words: str) -> None:
    path = config(**changes)

    assert await problem() == f"the kubeconfig {path} {words}."


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("token", {"users": user(tokenFile="token")}),
        ("crt", {"users": user(**{"client-certificate": "crt", "client-key": "key"})}),
        ("ca.crt", {"clusters": cluster(**{"certificate-authority": "ca.crt"})}),
    ],
)
async def test_a_file_that_it_names_and_that_is_missing_is_named(
    config: Write, file: str, changes: dict[str, Any]
) -> None:
    path = config(**changes)

    said = f"the kubeconfig {path} names the file {path.parent / file}, which cannot be read"
    assert await problem() == f"{said} (No such file or directory)."


async def test_an_authority_that_is_no_certificate_is_said(config: Write) -> None:
    path = config(clusters=cluster(**{"certificate-authority-data": base64.b64encode(b"no PEM").decode()}))

    assert (await problem()).startswith(f"the certificates of the kubeconfig {path} cannot be used")


async def test_of_several_files_those_that_are_there_are_used(
    config: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = config()
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'absent'}:{path}")

    await (await connect()).close()


async def test_of_several_files_the_one_that_is_empty_is_named(config: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = config()
    monkeypatch.setenv("KUBECONFIG", f"{path}:/dev/null")

    assert await problem() == "the kubeconfig /dev/null is empty; set KUBECONFIG to the file of your cluster."
