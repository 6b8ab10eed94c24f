"""Build a toolset's programs from Go modules, without a line of Go but the few of a Redis.

They are built in a scratch directory, which is removed after the build; one that was interrupted goes on from it.
"""

import shutil
import subprocess
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from local_cluster.errors import LocalClusterError
from local_cluster.locks import try_lock
from local_cluster.processes import ProcessGroup, tail
from local_cluster.progress import say, timed
from local_cluster.toolchain import Toolchain, find_toolchain
from local_cluster.toolsets import Toolset

LOCK_POLL_INTERVAL = 0.2


def missing(toolset: Toolset, programs: Collection[str]) -> list[str]:
    """Return those of the programs that are not in the cache."""
    target = toolset.cache_directory
    return [name for name in toolset.packages if name in programs and not (target / name).exists()]


def build(toolset: Toolset, programs: Collection[str]) -> Path:
    """Return the directory with the programs; what it lacks of them is put there, each once it is whole."""
    root, target = toolset.cache_root, toolset.cache_directory
    if not missing(toolset, programs):
        return target
    target.mkdir(parents=True, exist_ok=True)
    with _exclusive(root / "lock"):
        # Another process may just have built them.
        if wanted := missing(toolset, programs):
            _build(toolset, wanted, root / "scratch")
    return target


def _build(toolset: Toolset, programs: Collection[str], scratch: Path) -> None:
    scratch.mkdir(exist_ok=True)
    toolchain = find_toolchain(toolset.oldest_go, scratch, uses_c=toolset.uses_c)
    say(f"Building {', '.join(programs)} from Go modules, once, into {toolset.cache_directory} ({toolset.expectation})")
    for number, name in enumerate(programs, start=1):
        with timed(f"building {name} ({number} of {len(programs)})"):
            program = _go_build(toolset, toolchain, name, scratch)
        _put_files(toolset, toolchain, scratch)
        _put_aliases(toolset, name)
        # The program comes last: with it, all of it is there.
        program.replace(toolset.cache_directory / name)
    shutil.rmtree(scratch)


def _go_build(toolset: Toolset, toolchain: Toolchain, name: str, scratch: Path) -> Path:
    output, log, temporary = scratch / name, scratch / f"{name}.log", scratch / "tmp"
    log.unlink(missing_ok=True)
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    flags = [*toolset.build_flags, *toolchain.flags]
    command: list[str | Path] = [toolchain.go, "build", *flags, "-o", output, toolset.packages[name]]
    environment = {**toolchain.environment, "GOTMPDIR": str(temporary)}
    with ProcessGroup() as group:
        code = group.spawn(command, log, environment=environment, directory=toolset.directory).wait()
    if code:
        raise LocalClusterError(
            f"building {name} failed; fix the cause and run it again, it goes on from here:\n{tail(log)}"
        )
    return output


def _put_files(toolset: Toolset, toolchain: Toolchain, scratch: Path) -> None:
    """Copy the files that the programs need beside them out of Go's module cache, which may be emptied."""
    target, copy = toolset.cache_directory / "share", scratch / "share"
    if not toolset.share or target.exists():
        return
    module = subprocess.run(
        [toolchain.go, "list", "-mod=readonly", *toolchain.flags, "-m", "-f", "{{.Dir}}", toolset.module],
        cwd=toolset.directory,
        env=toolchain.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if module.returncode:
        raise LocalClusterError(f"go list does not find {toolset.module}: {module.stderr.strip()}")
    source = Path(module.stdout.strip())
    shutil.rmtree(copy, ignore_errors=True)
    for pattern in toolset.share:
        files = [path for path in source.glob(pattern) if path.is_file()]
        if not files:
            raise LocalClusterError(f"{toolset.module} in {source} has no {pattern}; correct the toolset")
        for path in files:
            destination = copy / path.relative_to(source)
            destination.parent.mkdir(parents=True, exist_ok=True)
            # Modules carry no permissions, and those in Go's cache may not be written to.
            shutil.copyfile(path, destination)
            destination.chmod(0o755 if path.suffix == ".sh" else 0o644)
    copy.replace(target)


def _put_aliases(toolset: Toolset, name: str) -> None:
    for alias, program in toolset.aliases.items():
        link = toolset.cache_directory / alias
        if program == name and not link.is_symlink():
            link.symlink_to(program)


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    """Hold the lock, after waiting for as long as another process builds."""
    lock = try_lock(path)
    if lock is None:
        with timed("waiting for another process that builds the same"):
            while (lock := try_lock(path)) is None:
                time.sleep(LOCK_POLL_INTERVAL)
    with lock:
        yield
