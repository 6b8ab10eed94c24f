"""One operation of an API: how a request for it looks, who may ask, and what it does."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from atlas_simulator.directory import Principal
from atlas_simulator.faults import Fault
from atlas_simulator.messages import Answer, Request


@dataclass(slots=True)
class Inbound:
    """A request on its way through the simulator."""

    request: Request
    operation: str
    parameters: Mapping[str, str]
    """From the path: ``project`` and ``connection`` where the operation has them."""
    principal: Principal | None = None
    """Set once it has authenticated."""
    fault: Fault | None = None
    """The fault that hits it."""

    @property
    def authenticated(self) -> Principal:
        """The principal of a request that has authenticated."""
        if self.principal is None:
            raise RuntimeError("performed without authentication")
        return self.principal


@dataclass(frozen=True, slots=True)
class Operation:
    """What the simulator answers on one method and path."""

    name: str
    method: str
    path: re.Pattern[str]
    """Matched against the whole path as sent; its groups become the parameters."""
    authenticate: Callable[[Request], Principal]
    """Returns who asks, or raises ``Refused``."""
    perform: Callable[[Inbound], Answer]
    """Does it, or raises ``Refused``."""
