"""Reads a kubeconfig, and explains errors in one sentence, which the library does not do."""

import base64
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml
from kubernetes.aio import config
from kubernetes.aio.client.configuration import Configuration

_DEFAULT: Final = "~/.kube/config"
_SET: Final = "set KUBECONFIG to the file of your cluster"
_FILES: Final = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
_DATA: Final = ("certificate-authority-data", "client-certificate-data", "client-key-data")


class KubeconfigError(Exception):
    """There is no usable kubeconfig. The text is a sentence that says why, and what to do."""


def where() -> str:
    """Return the present value of KUBECONFIG, or the default path: paths, separated as in PATH.

    The library reads the variable only once, at import.
    """
    return os.environ.get("KUBECONFIG") or _DEFAULT


async def load(configuration: Configuration) -> None:
    """Configure the connection to the API server from the kubeconfig. Raises `KubeconfigError`."""
    _check()
    try:
        await config.load_kube_config(config_file=where(), client_configuration=configuration)
    except (config.ConfigException, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        words = " ".join(str(error).split()) or type(error).__name__
        raise KubeconfigError(f"the kubeconfig {where()} cannot be used ({words}); correct it.") from error


def namespace() -> str | None:
    """Return the namespace of the current context; None: it names none, or there is no kubeconfig."""
    try:
        _, current = config.list_kube_config_contexts(config_file=where())
        return current["context"].get("namespace") or None
    except (config.ConfigException, OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError):
        return None  # `load` reports the error


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of a list in a kubeconfig, and the file that it is from."""

    path: Path
    content: Mapping[str, Any]


_Entries: TypeAlias = dict[str, _Entry]


def _check() -> None:
    """Raise `KubeconfigError` for common mistakes."""
    path, current, entries = _merged(_paths())
    if not current:
        raise _wrong(path, "has no current-context; set one with: kubectl config use-context NAME")
    if current not in entries["contexts"]:
        raise _wrong(path, f"has no context {current}, which is its current-context; correct the name")
    entry = entries["contexts"][current]
    context = _part(entry.content, "context")
    if not context.get("cluster"):
        raise _wrong(entry.path, f"has a context {current} that names no cluster; correct it")
    for kind, word in (("clusters", "cluster"), ("users", "user")):
        name = str(context.get(word) or "")
        if name and name not in entries[kind]:
            raise _wrong(entry.path, f"has no {word} {name}, which the context {current} names; correct the name")
        if name:
            _check_part(entries[kind][name].path, word, name, _part(entries[kind][name].content, word))


def _merged(paths: Sequence[Path]) -> tuple[Path, str, dict[str, _Entries]]:
    """Return the current context, the file that names it, and all entries by kind and name.

    Of several files, the library takes the first entry of a name, and the last current-context.
    """
    found, current = paths[0], ""
    entries: dict[str, _Entries] = {"contexts": {}, "clusters": {}, "users": {}}
    for path in paths:
        document = _read(path)
        for kind, known in entries.items():
            for name, content in _entries(document, kind, path):
                known.setdefault(name, _Entry(path, content))
        if document.get("current-context"):
            found, current = path, str(document["current-context"])
    return found, current, entries


def _check_part(path: Path, word: str, name: str, part: Mapping[str, Any]) -> None:
    if word == "cluster" and not part.get("server"):
        raise _wrong(path, f"names no server for the cluster {name}; correct it")
    for key in _DATA:
        try:
            base64.b64decode(str(part.get(key) or ""))
        except ValueError:
            raise _wrong(path, f"has a {key} of the {word} {name} that is not valid base64; correct it") from None
    for key in _FILES:
        if part.get(key) and not part.get(f"{key}-data"):
            named = path.parent / str(part[key])
            try:
                named.read_bytes()
            except OSError as error:
                raise _wrong(path, f"names the file {named}, which cannot be read ({error.strerror})") from None
    command = _part(part, "exec").get("command")
    if command and shutil.which(str(command)) is None:
        raise _wrong(path, f"logs in with the command {command}, which is not on the PATH; install it, or use a token")


def _paths() -> list[Path]:
    """Return the files that there are, as the library does."""
    named = [Path(path).expanduser() for path in where().split(os.pathsep) if path]
    # A circular link exists, but cannot be read.
    found = [path for path in named if path.exists() or path.is_symlink()]
    if found:
        return found
    if os.environ.get("KUBERNETES_SERVICE_HOST"):
        cause = "this looks like a pod, but no token of a ServiceAccount is mounted"
        raise KubeconfigError(f"there is no kubeconfig; {cause}; set automountServiceAccountToken: true.")
    names = ", ".join(map(str, named))
    raise KubeconfigError(
        f"there is no kubeconfig {names}; {_SET}, or run the operator as a pod with a ServiceAccount."
    )


def _read(path: Path) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(path.read_bytes())
    except IsADirectoryError:
        raise KubeconfigError(f"{path} is a directory; set KUBECONFIG to a file.") from None
    except OSError as error:
        raise _wrong(path, f"cannot be read ({error.strerror}); check its permissions") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise _wrong(path, f"is not valid YAML{f' (line {mark.line + 1})' if mark else ''}; correct it") from None
    if document is None:
        raise _wrong(path, f"is empty; {_SET}")
    if not isinstance(document, dict):
        raise KubeconfigError(f"{path} is not a kubeconfig; {_SET}.")
    return document


def _entries(document: Mapping[str, Any], kind: str, path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    entries = document.get(kind) or []
    if not isinstance(entries, list) or not all(isinstance(one, dict) and one.get("name") for one in entries):
        raise _wrong(path, f"has entries in {kind} that are not valid; correct it")
    yield from ((str(one["name"]), one) for one in entries)


def _part(entry: Mapping[str, Any], word: str) -> Mapping[str, Any]:
    part = entry.get(word)
    return part if isinstance(part, dict) else {}


def _wrong(path: Path, what: str) -> KubeconfigError:
    return KubeconfigError(f"the kubeconfig {path} {what}.")
