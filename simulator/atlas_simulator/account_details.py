"""The account details endpoint: a project's network in one region (version 2024-11-13)."""

from atlas_simulator.admission import Admission
from atlas_simulator.directory import Directory, Role
from atlas_simulator.media_types import media_type
from atlas_simulator.messages import Answer
from atlas_simulator.network import network_key
from atlas_simulator.operation import Inbound, Operation
from atlas_simulator.parameters import invalid, refuse_envelope, refused, required
from atlas_simulator.regions import CloudProvider
from atlas_simulator.settings import Settings

VERSION = "2024-11-13"
MEDIA_TYPE = media_type(VERSION)
_PATH = r"/api/atlas/v2/groups/(?P<project>[^/]+)/streams/accountDetails"


class AccountDetails:
    """The operation that returns a network of a project."""

    def __init__(self, settings: Settings, directory: Directory) -> None:
        self._settings = settings
        self._directory = directory

    def operations(self, admission: Admission) -> list[Operation]:
        """Return the operation, which first checks what :class:`Admission` checks."""
        return [
            admission.operation("account-details", "GET", _PATH, version=VERSION, role=Role.READ, perform=self._get)
        ]

    def _get(self, inbound: Inbound) -> Answer:
        query = inbound.request.query
        refuse_envelope(query)
        provider, region = required(query, "cloudProvider"), required(query, "regionName")
        settings = self._settings.account_details
        if provider not in list(CloudProvider):
            raise invalid("cloudProvider", f"must be one of {', '.join(CloudProvider)}")
        try:
            key = network_key(provider, region)
        except ValueError:
            raise refused(settings.unknown_region, provider, region) from None
        network = self._directory.projects[inbound.parameters["project"]].networks.get(key)
        if network is None:
            raise refused(settings.no_network, provider, region)
        with_provider = network.provider is not CloudProvider.AWS or settings.aws_cloud_provider
        return Answer(200, network.document(with_provider=with_provider), MEDIA_TYPE)
