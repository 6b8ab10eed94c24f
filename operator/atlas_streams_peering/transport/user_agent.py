"""How the operator names itself to services."""

import platform
from typing import Final

from .. import __version__

USER_AGENT: Final = (
    f"atlas-streams-peering/{__version__} ({platform.system().lower()}; {platform.machine().lower() or 'unknown'})"
)
