"""The inbound stream peering endpoints: lists, accept, reject and delete (versions 2023-02-01 and 2024-11-13)."""

import json
from collections.abc import Callable, Mapping, Sequence

from atlas_simulator.admission import Admission
from atlas_simulator.clock import Clock
from atlas_simulator.connection import Connection, ConnectionState
from atlas_simulator.connections import Connections
from atlas_simulator.directory import Role
from atlas_simulator.faults import FaultKind
from atlas_simulator.media_types import media_type, require_json_body_type
from atlas_simulator.messages import Answer, refusal
from atlas_simulator.operation import Inbound, Operation
from atlas_simulator.parameters import boolean, invalid, refuse_envelope, refused, required, whole_number
from atlas_simulator.settings import Settings

VERSION = "2023-02-01"
MEDIA_TYPE = media_type(VERSION)
ACTIVE_VERSION = "2024-11-13"
_COLLECTION = r"/api/atlas/v2/groups/(?P<project>[^/]+)/streams/vpcPeeringConnections"
_ONE = _COLLECTION + r"/(?P<connection>[^/:%]+)"
_ACTIVE = r"/api/atlas/v2/groups/(?P<project>[^/]+)/streams/activeVpcPeeringConnections"
_PAGE_SIZE_MAXIMUM = 500
_PAGE_SIZE_DEFAULT = 100


class StreamPeering:
    """The operations on the connections of a project."""

    def __init__(self, settings: Settings, clock: Clock, connections: Connections) -> None:
        self._settings = settings
        self._clock = clock
        self._connections = connections

    def operations(self, admission: Admission) -> list[Operation]:
        """Return the operations, which first check what :class:`Admission` checks."""

        def operation(  # read as a row of a table
            name: str,
            method: str,
            path: str,
            role: Role,
            perform: Callable[[Inbound], Answer],
            *,
            version: str = VERSION,
        ) -> Operation:
            return admission.operation(name, method, path, version=version, role=role, perform=perform)

        return [
            operation("list", "GET", _COLLECTION, Role.READ, self._list),
            operation("list-active", "GET", _ACTIVE, Role.READ, self._list_active, version=ACTIVE_VERSION),
            operation("accept", "POST", _ONE + ":accept", Role.STREAMS, self._accept),
            operation("reject", "POST", _ONE + ":reject", Role.STREAMS, self._reject),
            operation("delete", "DELETE", _ONE, Role.STREAMS, self._delete),
        ]

    def _list(self, inbound: Inbound) -> Answer:
        refuse_envelope(inbound.request.query)
        account = required(inbound.request.query, "requesterAccountId")
        rows = self._connections.listed(inbound.parameters["project"], account)
        return self._page(inbound, rows, f"requesterAccountId={account}&", MEDIA_TYPE)

    def _list_active(self, inbound: Inbound) -> Answer:
        refuse_envelope(inbound.request.query)
        rows = self._connections.active(inbound.parameters["project"])
        return self._page(inbound, rows, "", media_type(ACTIVE_VERSION))

    def _page(
        self, inbound: Inbound, rows: Sequence[tuple[Connection, ConnectionState]], asked: str, media: str
    ) -> Answer:
        query = inbound.request.query
        size = whole_number(query, "itemsPerPage", _PAGE_SIZE_DEFAULT, _PAGE_SIZE_MAXIMUM)
        page = whole_number(query, "pageNum", 1, None)
        pretty = boolean(query, "pretty")
        style = self._settings.cloud_status_style
        shown = rows[(page - 1) * size : page * size]
        total = max(0, len(rows) + self._settings.total_count_error)
        host = inbound.request.headers.get("Host", "localhost")
        link = f"http://{host}{inbound.request.path}?{asked}pageNum={page}&itemsPerPage={size}"
        body = b'{"links": %s, "results": [%s], "totalCount": %d}' % (
            json.dumps([{"href": link, "rel": "self"}]).encode(),
            b", ".join([connection.document(state, style) for connection, state in shown]),
            total,
        )
        if pretty:
            body = json.dumps(json.loads(body), indent=2).encode()
        return Answer(200, body, media)

    def _accept(self, inbound: Inbound) -> Answer:
        refuse_envelope(inbound.request.query)
        require_json_body_type(inbound.request.headers.get("Content-Type", ""), VERSION)
        challenge = _challenge(inbound.request.body)
        connection, state = self._find(inbound)
        requester = connection.requester
        expected = {"requesterAccountId": requester.account_id, "requesterVpcId": requester.vpc_id}
        if challenge != expected:
            raise refused(self._settings.challenge_mismatch, connection.name)
        self._require_pending(connection, state)
        return self._perform(inbound, connection, connection.accept, "ACCEPT")

    def _reject(self, inbound: Inbound) -> Answer:
        refuse_envelope(inbound.request.query)
        connection, state = self._find(inbound)
        self._require_pending(connection, state)
        return self._perform(inbound, connection, connection.reject, "REJECT")

    def _delete(self, inbound: Inbound) -> Answer:
        refuse_envelope(inbound.request.query)
        connection, state = self._find(inbound)
        being_deleted = "DELETE" in state.local_status and connection.in_motion(self._clock.now())
        if state.cloud_status not in self._settings.deletable or being_deleted:
            raise refused(self._settings.invalid_state, connection.name)
        return self._perform(inbound, connection, connection.delete, "DELETE")

    def _find(self, inbound: Inbound) -> tuple[Connection, ConnectionState]:
        name = inbound.parameters["connection"]
        found = self._connections.known(inbound.parameters["project"], name)
        if found is None:
            path = inbound.request.path
            raise refusal(404, "RESOURCE_NOT_FOUND", f"Cannot find resource {path}.", parameters=[path])
        return found

    def _require_pending(self, connection: Connection, state: ConnectionState) -> None:
        """Refuse a connection that is not pending, or whose accept or reject is in progress."""
        if state.cloud_status != "pending-acceptance" or connection.in_motion(self._clock.now()):
            raise refused(self._settings.invalid_state, connection.name)

    def _perform(self, inbound: Inbound, connection: Connection, action: Callable[[float], None], verb: str) -> Answer:
        now = self._clock.now()
        kind, message = (None, None) if inbound.fault is None else (inbound.fault.kind, inbound.fault.message)
        match kind:
            case FaultKind.NO_EFFECT:
                pass
            case FaultKind.STUCK:
                connection.fail_action(now, f"REQUEST_{verb}", f"{verb}_REQUESTED", message)
            case FaultKind.UPDATE_FAILED:
                connection.fail_action(now, f"REQUEST_{verb}", "UPDATE_FAILED", message)
            case FaultKind.SCAN_FAILED:
                connection.fail_action(now, f"REQUEST_{verb}", "SCAN_FAILED", message)
            case _:
                action(now)
        return Answer(202, b"", MEDIA_TYPE)


def _challenge(body: bytes) -> Mapping[str, object]:
    """Return a ``VPCPeeringActionChallenge``; both fields are required, since every documented call sends both."""
    try:
        document = json.loads(body)
    except ValueError:
        raise invalid("body", "must be JSON") from None
    if not isinstance(document, dict):
        raise invalid("body", "must be a JSON object")
    if "links" in document:
        raise refusal(400, "ATTRIBUTE_READ_ONLY", "The attribute links is read-only.", parameters=["links"])
    for name in document:
        if name not in ("requesterAccountId", "requesterVpcId"):
            raise refusal(400, "INVALID_ATTRIBUTE", f"Invalid attribute {name} specified.", parameters=[name])
    for name in ("requesterAccountId", "requesterVpcId"):
        if not isinstance(document.get(name), str):
            raise invalid(name, "must be given, as a string")
    return document
