"""Compiles what the operator loads, and nothing else: the Dockerfile runs this with the image's own Python.

The bytecode goes to ``PYTHONPYCACHEPREFIX``, of the standard library too. It never looks at its source's time: nothing
has to be compiled on a read-only root, nor after a builder has changed the times of files, and builds are alike.
Most of a Kubernetes client are models that the operator never loads; their bytecode would be a third of the image.
"""

import importlib
import pkgutil
import py_compile
import sys
from pathlib import Path
from types import ModuleType

PACKAGE = "atlas_streams_peering"
# A program of its own, for people's machines: what it needs beside the operator's requirements is not in the image.
PLUGIN = f"{PACKAGE}.plugin"


def sources(package: ModuleType) -> set[Path]:
    """Return the files of all modules that are loaded once the whole package is, but for the plugin's."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not _of_the_plugin(module.name):
            importlib.import_module(module.name)
    files = (
        getattr(module, "__file__", None) for name, module in tuple(sys.modules.items()) if not _of_the_plugin(name)
    )
    return {Path(file) for file in files if file and file.endswith(".py")}


def _of_the_plugin(name: str) -> bool:
    return f"{name}.".startswith(f"{PLUGIN}.")


def main() -> int:
    """Compile them; a module that cannot be loaded or compiled fails the build."""
    if sys.pycache_prefix is None:
        sys.exit("PYTHONPYCACHEPREFIX has to say where the bytecode goes")
    sys.dont_write_bytecode = True  # by itself Python would note the source's time
    compiled = sources(importlib.import_module(PACKAGE)) - {Path(__file__)}
    for source in sorted(compiled):
        py_compile.compile(str(source), doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    print(f"{len(compiled)} modules compiled to {sys.pycache_prefix}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
