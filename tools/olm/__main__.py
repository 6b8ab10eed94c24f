"""``python -m olm DIRECTORY``: write the bundle for the Operator Lifecycle Manager."""

import sys
from pathlib import Path

from olm.bundle import bundle_files
from olm.files import write_bundle

if __name__ == "__main__":
    write_bundle(Path(sys.argv[1]), bundle_files())
