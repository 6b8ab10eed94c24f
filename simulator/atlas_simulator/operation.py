"""One operation of an API, and a request for it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from atlas_simulator.directory import Principal
from atlas_simulator.faults import Fault
from atlas_simulator.messages import Answer, Request


@dataclass(slots=True)
class Inbound:
    """A request that the simulator is answering."""

    request: Request
    operation: str
    parameters: Mapping[str, str]
    """From the path: ``project`` and ``connection``, or ``network`` or ``peering``, when the path has them."""
    principal: Principal | None = None
    """``None`` until the request has authenticated."""
    fault: Fault | None = None
    """The fault that hits the request."""

    @property
    def authenticated(self) -> Principal:
        """The principal of a request that has authenticated."""
        if self.principal is None:
            raise RuntimeError("the request has not authenticated")
        return self.principal


@dataclass(frozen=True, slots=True)
class Operation:
    """The operation of one method and path."""

    name: str
    method: str
    path: re.Pattern[str]
    """Matches the whole path as sent; its groups are the parameters."""
    authenticate: Callable[[Request], Principal]
    """Returns the principal, or raises ``Refused``."""
    perform: Callable[[Inbound], Answer]
    """Performs the operation, or raises ``Refused``."""
