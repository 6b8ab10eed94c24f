"""How a test controls and inspects the simulator; every method is safe to call from any thread."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Unpack

from atlas_simulator.confluent.controls import ConfluentControls
from atlas_simulator.connection import LOCAL_STATUSES, Connection, ConnectionState, Side
from atlas_simulator.faults import Fault, FaultKind
from atlas_simulator.marshalling import on_the_serving_thread
from atlas_simulator.network_controls import NetworkControls
from atlas_simulator.network_peering_controls import NetworkPeeringControls
from atlas_simulator.principal_controls import PrincipalControls
from atlas_simulator.request_log import Call, CallProperties, Exchange, call_filter
from atlas_simulator.settings import Delays
from atlas_simulator.simulation import Simulation


@dataclass(frozen=True, slots=True)
class Peering:
    """The present state of a connection; with ``read_lag``, a list shows an earlier one."""

    name: str
    row_id: str
    project: str
    requester: Side
    accepter: Side
    cloud_status: str
    """In its documented spelling."""
    local_status: str
    status_message: str | None
    listed: bool
    """Whether Atlas lists the connection: false before it becomes visible and after it vanishes."""
    expires: float
    """Seconds since the epoch."""
    history: tuple[ConnectionState, ...]
    """Its past and planned states."""

    @classmethod
    def of(cls, connection: Connection, now: float) -> "Peering":
        """Return the present state of a connection."""
        state = connection.at(now) or connection.history[0]
        return cls(
            name=connection.name,
            row_id=connection.row_id,
            project=connection.project,
            requester=connection.requester,
            accepter=connection.accepter,
            cloud_status=state.cloud_status,
            local_status=state.local_status,
            status_message=state.status_message,
            listed=connection.known(now) is not None,
            expires=connection.expires,
            history=connection.history,
        )


class Controls(PrincipalControls):
    """Connections, networks, peerings, faults, time and the log, besides what :class:`PrincipalControls` has.

    ``confluent`` has the controls of Confluent Cloud. Faults, time and the log are those of both services.
    """

    def __init__(self, simulation: Simulation) -> None:
        super().__init__(simulation)
        self.networks = NetworkControls(simulation)
        self.network_peering = NetworkPeeringControls(simulation)
        self.confluent = ConfluentControls(simulation)

    @on_the_serving_thread
    def request_peering(
        self,
        *,
        project: str,
        account: str,
        vpc: str,
        cidr: str = "10.0.0.0/16",
        accepter_account: str | None = None,
        accepter_vpc: str | None = None,
        accepter_cidr: str | None = None,
        name: str | None = None,
        delays: Mapping[str, float] | None = None,
    ) -> str:
        """Request a peering as a requester does, and return its ``pcx-`` name.

        Without the accepter's values, the project's values apply. ``delays`` overrides single delays of the
        settings. Raises ``ValueError`` when AWS refuses the request.
        """
        own = Delays.model_validate({**self.settings.delays.model_dump(), **(delays or {})})
        connection = self.simulation.connections.add_request(
            project,
            account=account,
            vpc=vpc,
            cidr=cidr,
            accepter_account=accepter_account,
            accepter_vpc=accepter_vpc,
            accepter_cidr=accepter_cidr,
            name=name,
            delays=own,
        )
        return connection.name

    @on_the_serving_thread
    def connection(self, name: str) -> Peering:
        """Return the present state of a connection; raises ``KeyError`` when there is none."""
        return Peering.of(self.simulation.connections.named(name), self.simulation.clock.now())

    @on_the_serving_thread
    def connections(self, project: str | None = None) -> list[Peering]:
        """Return every connection ever requested, oldest first."""
        now = self.simulation.clock.now()
        return [Peering.of(each, now) for each in self.simulation.connections.all(project)]

    @on_the_serving_thread
    def set_delays(self, name: str, delays: Mapping[str, float]) -> None:
        """Override single delays of a connection, for later actions."""
        connection = self.simulation.connections.named(name)
        connection.delays = Delays.model_validate({**connection.delays.model_dump(), **delays})

    @on_the_serving_thread
    def set_cloud_status(
        self, name: str, cloud_status: str, *, local_status: str | None = None, message: str | None = None
    ) -> None:
        """Set the cloud status of a connection, even to one unknown to AWS, and cancel its planned states.

        Without ``local_status``, an active connection becomes ``ACTIVE`` and any other keeps its value.
        """
        _check_local_status(local_status)
        connections = self.simulation.connections
        connections.force(connections.named(name), cloud_status, local_status=local_status, message=message)

    @on_the_serving_thread
    def set_local_status(self, name: str, local_status: str, *, message: str | None = None) -> None:
        """Set the local status of a connection, keep its cloud status, and cancel its planned states."""
        _check_local_status(local_status)
        connections = self.simulation.connections
        now = self.connection(name).cloud_status
        connections.force(connections.named(name), now, local_status=local_status, message=message)

    def expire(self, name: str) -> None:
        """Make a connection expire now."""
        self.set_cloud_status(name, "expired")

    @on_the_serving_thread
    def vanish(self, name: str) -> None:
        """Delete a connection at AWS and remove its row from Atlas."""
        connections = self.simulation.connections
        connections.force(connections.named(name), "deleted", listed=False)

    @on_the_serving_thread
    def fault(
        self,
        kind: str,
        operation: str | None = None,
        *,
        project: str | None = None,
        connection: str | None = None,
        principal: str | None = None,
        account: str | None = None,
        cloud_provider: str | None = None,
        region: str | None = None,
        service: str | None = None,
        environment: str | None = None,
        network: str | None = None,
        peering: str | None = None,
        times: int | None = 1,
        percent: float = 100,
        before_authentication: bool = False,
        status: int | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = 0,
        message: str | None = None,
    ) -> Fault:
        """Queue a fault; :class:`~atlas_simulator.faults.Fault` describes the parameters.

        By default the fault hits the next request of the operation that carries valid credentials.
        """
        return self.simulation.faults.add(
            Fault(
                kind=FaultKind(kind),
                operation=operation,
                project=project,
                connection=connection,
                principal=principal,
                account=account,
                cloud_provider=cloud_provider,
                region=region,
                service=service,
                environment=environment,
                network=network,
                peering=peering,
                times=times,
                percent=percent,
                before_authentication=before_authentication,
                status=status,
                body=body,
                headers=headers or {},
                seconds=seconds,
                message=message,
            )
        )

    @on_the_serving_thread
    def faults(self) -> list[Fault]:
        """Return the faults that can still hit."""
        return self.simulation.faults.queued()

    @on_the_serving_thread
    def clear_faults(self, fault: Fault | None = None) -> None:
        """Remove one fault, or all; a request that hangs already stays so."""
        self.simulation.faults.clear(None if fault is None else fault.id)

    @on_the_serving_thread
    def now(self) -> float:
        """Return the simulated time, in seconds since the epoch."""
        return self.simulation.clock.now()

    @on_the_serving_thread
    def advance(self, seconds: float) -> float:
        """Move simulated time forward and return the new time."""
        return self.simulation.clock.advance(seconds)

    @on_the_serving_thread
    def freeze(self) -> None:
        """Stop simulated time; then only :meth:`advance` moves it."""
        self.simulation.clock.freeze()

    @on_the_serving_thread
    def thaw(self) -> None:
        """Let simulated time run again."""
        self.simulation.clock.thaw()

    @on_the_serving_thread
    def calls(
        self,
        /,
        operation: str | None = None,
        *,
        include_challenges: bool = False,
        **properties: Unpack[CallProperties],
    ) -> list[Call]:
        """Return the calls of an operation that have the given properties of :class:`Call`, oldest first.

        Calls without valid credentials, such as the first try of every digest client, are included only with
        ``include_challenges``.
        """
        return self.simulation.log.matching(call_filter(operation, include_challenges=include_challenges, **properties))

    @on_the_serving_thread
    def counts(self, *, include_challenges: bool = False) -> dict[str, int]:
        """Return the number of calls by operation since the last :meth:`clear_calls`."""
        log = self.simulation.log
        return dict(log.counts + log.challenges) if include_challenges else dict(log.counts)

    @on_the_serving_thread
    def clear_calls(self) -> None:
        """Clear calls, exchanges and counters."""
        self.simulation.log.clear()

    @property
    @on_the_serving_thread
    def exchanges(self) -> list[Exchange]:
        """The recorded exchanges; empty without ``record_exchanges``."""
        return list(self.simulation.log.exchanges)


def _check_local_status(local_status: str | None) -> None:
    if local_status is not None and local_status not in LOCAL_STATUSES:
        raise ValueError(f"the Atlas schema has no localStatus {local_status!r}")
