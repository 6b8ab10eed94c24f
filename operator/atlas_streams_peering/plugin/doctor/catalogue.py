"""All checks, in the order of the report. The documentation is generated from this list."""

from typing import Final

from .checks.access import ACCESS_LIST, CREDENTIALS, PROJECT
from .checks.api_server import API_SERVER
from .checks.assumptions import GOVERNMENT, PROVIDER_CASE, REGION_WITHOUT_NETWORK, STATES, UNKNOWN_ACCOUNT
from .checks.clocks import CLOCKS
from .checks.confluent import CONFLUENT
from .checks.connections import REQUESTS, UNMANAGED
from .checks.definitions import DEFINITIONS
from .checks.leader import LEADER
from .checks.network import ATLAS_REACHABLE, CONFLUENT_REACHABLE, OPERATOR_NETWORK
from .checks.objects import OBJECTS
from .checks.operator import NAMESPACES, OPERATOR, SETTINGS, VERSION
from .checks.permissions import PERMISSIONS
from .checks.roles import ROLE
from .checks.secrets import CONFLUENT_SECRETS, SECRETS
from .findings import Check

CHECKS: Final[tuple[Check, ...]] = (
    API_SERVER,
    DEFINITIONS,
    CLOCKS,
    OPERATOR,
    VERSION,
    SETTINGS,
    NAMESPACES,
    LEADER,
    PERMISSIONS,
    OPERATOR_NETWORK,
    ATLAS_REACHABLE,
    SECRETS,
    CREDENTIALS,
    ACCESS_LIST,
    PROJECT,
    ROLE,
    REQUESTS,
    UNMANAGED,
    CONFLUENT_REACHABLE,
    CONFLUENT_SECRETS,
    CONFLUENT,
    OBJECTS,
    UNKNOWN_ACCOUNT,
    REGION_WITHOUT_NETWORK,
    PROVIDER_CASE,
    STATES,
    GOVERNMENT,
)
