"""One StreamsVpcPeering for each reason that Ready can have, with the progress and the kstatus that go with it."""

from typing import Any

from atlas_simulator import SimulatorThread
from cluster.atlas import request
from cluster.kstatus import Kstatus
from cluster.namespace import PROJECT, PUBLIC_KEY, Namespace, pcx, peering, vpc

RECONCILING, STALLED, REACHED, PAUSED = "Reconciling", "Stalled", "Ready", "neither"
PROGRESS = {
    "WaitingForRequest": RECONCILING,
    "Accepting": RECONCILING,
    "Provisioning": RECONCILING,
    "Rejecting": RECONCILING,
    "Deleting": RECONCILING,
    "CredentialsMissing": RECONCILING,
    "ReferenceNotReady": RECONCILING,
    "Active": REACHED,
    "Rejected": REACHED,
    "Deleted": REACHED,
    "Suspended": PAUSED,
    "RequestExpired": STALLED,
    "RequestFailed": STALLED,
    "RequestRejected": STALLED,
    "ConnectionDeleted": STALLED,
    "AmbiguousRequest": STALLED,
    "RequesterMismatch": STALLED,
    "CannotReject": STALLED,
    "AlreadyManaged": STALLED,
    "CredentialsInvalid": STALLED,
    "Unauthorized": STALLED,
    "AccessListBlocked": STALLED,
    "ProjectNotFound": STALLED,
    "RateLimited": RECONCILING,
    "AtlasUnavailable": RECONCILING,
}
"""Reason of Ready → the condition that goes with it."""

OF_OTHER_KINDS = {
    "Available",
    "RegionNotAvailable",
    "ConfigMapConflict",
    "Watching",
    "LimitReached",
    "NameTaken",
    "Connected",
    "PendingAcceptance",
    "Disconnected",
    "Refused",
    "NetworkNotReady",
    "NetworkNotFound",
    "NetworkFailed",
    "NetworkUnsupported",
    "Initiating",
    "Finalizing",
    "ContainerNotFound",
    "ConfluentUnavailable",
}
"""Reasons that a StreamsVpcPeering never has."""

OF_OTHER_MODULES = {"InvalidSpec", "WriteRefused"}
"""Reasons that need an API server of their own: test_invalid_spec.py and test_refused_writes.py test them."""

POLL_FAILED = {
    "CredentialsMissing",
    "CredentialsInvalid",
    "Unauthorized",
    "AccessListBlocked",
    "ProjectNotFound",
    "RateLimited",
    "AtlasUnavailable",
}
"""The reasons of a poll that failed."""

LIST_ANSWERS: dict[str, dict[str, Any]] = {
    "RateLimited": {"status": 429, "headers": {"Retry-After": "600"}},
    "AtlasUnavailable": {"status": 503},
}
"""What Atlas answers to every list of a project that only this object names."""

NAMES = {reason: reason.lower() for reason in PROGRESS} | {"AlreadyManaged": "bystander"}
"""Reason → the name of the object that has it."""

KSTATUS = {
    RECONCILING: Kstatus.IN_PROGRESS,
    STALLED: Kstatus.FAILED,
    REACHED: Kstatus.CURRENT,
    PAUSED: Kstatus.IN_PROGRESS,
}
"""Progress → what kstatus computes."""


def create_objects(namespace: Namespace, simulator: SimulatorThread) -> None:
    """Create one object for each reason; `NAMES` says which has which."""
    namespace.secret("wrong", publicApiKey="ojarafoc", privateApiKey="wrong")
    simulator.add_api_key("stranger", "s")
    namespace.secret("stranger", publicApiKey="stranger", privateApiKey="s")
    simulator.add_api_key("blocked", "b", roles={PROJECT: "owner"}, blocked_address="203.0.113.7")
    namespace.secret("blocked", publicApiKey="blocked", privateApiKey="b")
    for number, (reason, answer) in enumerate(LIST_ANSWERS.items(), 1):
        simulator.add_project(f"{number:024x}")
        simulator.set_role(PUBLIC_KEY, f"{number:024x}", "owner")
        simulator.fault("answer", "list", project=f"{number:024x}", times=None, **answer)
        namespace.apply(peering(reason.lower(), project=f"{number:024x}", vpc=vpc(6)))
    for number, call in ((2, "accept"), (4, "reject"), (5, "reject")):
        simulator.fault("stuck", call, connection=pcx(number))
    states = {3: "provisioning", 6: "active", 7: "rejected", 8: "deleted", 10: "expired", 11: "failed"}
    states |= {12: "rejected", 13: "deleted", 15: "active", 16: "active", 17: "active"}
    for number in (2, 4, 5, 9):
        request(simulator, number)
    for number, state in states.items():
        request(simulator, number, state=state)
    for number in (1, 2):
        request(simulator, 14, name=pcx(0x1400 + number), accepter_vpc=vpc(0xA00 + number))
    namespace.apply(
        peering("waitingforrequest", vpc=vpc(1)),
        peering("accepting", vpc=vpc(2)),
        peering("provisioning", vpc=vpc(3)),
        peering("rejecting", vpc=vpc(4), desiredState="Rejected"),
        peering("deleting", vpc=vpc(5), desiredState="Deleted"),
        peering("credentialsmissing", vpc=vpc(6), secret="absent"),
        peering("referencenotready", requester={"confluentPeeringRef": {"name": "absent"}}),
        peering("active", vpc=vpc(15)),
        peering("rejected", vpc=vpc(7), desiredState="Rejected"),
        peering("deleted", vpc=vpc(8), desiredState="Deleted"),
        peering("suspended", vpc=vpc(9), suspend=True),
        peering("requestexpired", vpc=vpc(10)),
        peering("requestfailed", vpc=vpc(11)),
        peering("requestrejected", vpc=vpc(12)),
        peering("connectiondeleted", vpc=vpc(13)),
        peering("ambiguousrequest", vpc=vpc(14)),
        peering("requestermismatch", vpc=vpc(1), connectionName=pcx(16)),
        peering("cannotreject", vpc=vpc(17), desiredState="Rejected"),
        peering("bystander", vpc=vpc(15)),
        peering("credentialsinvalid", vpc=vpc(6), secret="wrong"),
        peering("unauthorized", vpc=vpc(6), secret="stranger"),
        peering("accesslistblocked", vpc=vpc(6), secret="blocked"),
        peering("projectnotfound", vpc=vpc(6), project="f" * 24),
    )
