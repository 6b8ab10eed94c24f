"""How a test controls projects, credentials and settings."""

from collections.abc import Iterable, Mapping
from typing import Any

from atlas_simulator.admission import STREAMS
from atlas_simulator.directory import DEFAULT_ORGANIZATION, Principal, PrincipalKind, Project, Role
from atlas_simulator.marshalling import on_the_serving_thread
from atlas_simulator.settings import Settings
from atlas_simulator.simulation import Simulation


class PrincipalControls:
    """The controls for projects, credentials and settings."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation

    @property
    def settings(self) -> Settings:
        """The settings; to change them, call :meth:`configure`."""
        return self.simulation.settings

    @on_the_serving_thread
    def configure(self, changes: Mapping[str, Any]) -> None:
        """Merge nested changes into the settings, such as ``{"delays": {"visibility": 5}}``.

        Connections that exist already keep their delays and linger times.
        """
        self.simulation.settings.change(changes)

    @on_the_serving_thread
    def add_project(
        self,
        project: str,
        *,
        organization: str = DEFAULT_ORGANIZATION,
        accepter_account: str = "974404375205",
        accepter_vpc: str | None = None,
        accepter_cidr: str = "192.168.248.0/21",
    ) -> Project:
        """Add a project, or replace it, with one network, in AWS ``US_EAST_1``, whose VPC no other project has."""
        return self.simulation.directory.add_project(
            project,
            organization=organization,
            accepter_account=accepter_account,
            accepter_vpc=accepter_vpc,
            accepter_cidr=accepter_cidr,
        )

    @on_the_serving_thread
    def remove_project(self, project: str) -> None:
        """Remove a project; its id becomes unknown."""
        del self.simulation.directory.projects[project]

    @on_the_serving_thread
    def add_api_key(
        self,
        public_key: str,
        private_key: str,
        *,
        roles: Mapping[str, str] | None = None,
        organization: str = DEFAULT_ORGANIZATION,
        blocked_address: str | None = None,
    ) -> None:
        """Add an API key, or replace it; ``roles`` gives a role's name by project id."""
        self.simulation.directory.add_principal(
            Principal(public_key, PrincipalKind.API_KEY, [private_key], organization, _roles(roles), blocked_address)
        )

    @on_the_serving_thread
    def add_service_account(
        self,
        client_id: str,
        client_secret: str,
        *,
        roles: Mapping[str, str] | None = None,
        organization: str = DEFAULT_ORGANIZATION,
        blocked_address: str | None = None,
    ) -> None:
        """Add a service account, or replace it; ``roles`` gives a role's name by project id."""
        self.simulation.directory.add_principal(
            Principal(
                client_id,
                PrincipalKind.SERVICE_ACCOUNT,
                [client_secret],
                organization,
                _roles(roles),
                blocked_address,
            )
        )

    @on_the_serving_thread
    def remove_principal(self, principal: str) -> None:
        """Remove an API key or service account, by public key or client id."""
        self.simulation.directory.remove_principal(principal)

    @on_the_serving_thread
    def set_secrets(self, principal: str, secrets: Iterable[str]) -> None:
        """Replace the secrets of a principal; a service account has two during a rotation."""
        self.simulation.directory.principal(principal).secrets = list(secrets)

    @on_the_serving_thread
    def set_role(self, principal: str, project: str, role: str | None) -> None:
        """Give a principal a role in a project, as :meth:`Role.named` names it; ``None`` removes its role."""
        roles = self.simulation.directory.principal(principal).roles
        if role is None:
            roles.pop(project, None)
        else:
            roles[project] = Role.named(role)

    @on_the_serving_thread
    def block_address(self, principal: str, address: str | None) -> None:
        """Refuse a principal's calls as if they came from an address off the access list; ``None`` ends it."""
        self.simulation.directory.principal(principal).blocked_address = address

    @on_the_serving_thread
    def expire_tokens(self, client_id: str | None = None) -> int:
        """Expire the live tokens of one service account, or of all, and return how many."""
        return self.simulation.tokens.expire_tokens(client_id)

    @on_the_serving_thread
    def empty_bucket(self, project: str) -> None:
        """Use up a project's rate limit, as another client does."""
        self.simulation.admission.buckets.empty(STREAMS.scope(project), self.settings.rate_limit)


def _roles(named: Mapping[str, str] | None) -> dict[str, Role]:
    return {project: Role.named(role) for project, role in (named or {}).items()}
