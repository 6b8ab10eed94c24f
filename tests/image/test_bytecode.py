"""What is compiled into the image, with no more than the operator's own requirements."""

import subprocess
import sys

PROGRAM = """
import sys
# What people's machines have, and the image has not.
for name in ("click", "rich"):
    sys.modules[name] = None
import atlas_streams_peering
from image.bytecode import sources
print("\\n".join(map(str, sources(atlas_streams_peering))))
"""


def test_the_operators_modules_are_compiled_and_those_of_the_plugin_are_not_loaded() -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    files = ran.stdout.splitlines()
    assert any(file.endswith("atlas_streams_peering/runtime.py") for file in files)
    assert not [file for file in files if "/atlas_streams_peering/plugin/" in file]
