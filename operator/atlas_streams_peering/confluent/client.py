"""The calls of Confluent Cloud's networking API that the operator makes."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlsplit

from ..api.conditions import Reason
from ..transport.access import Profile, ServiceAccess
from ..transport.client import Call, ServiceClient
from ..transport.credentials import Credentials
from ..transport.errors import RequestRefused, Unavailable
from .error_mapping import error_of
from .models import Network, Peering
from .rate_limit import HEADERS, environment_budget

PAGE_SIZE: Final = 99
"""Rows a page: one less than the most that Confluent Cloud gives, as its own Terraform provider requests."""

_MOST_PAGES: Final = 50

_GONE: Final = 404


class Confluent(ServiceAccess):
    """Confluent Cloud behind one base URL: the session for each API key, one rate budget for each environment."""

    profile = Profile(
        name="confluent",
        title="Confluent Cloud",
        unavailable=Reason.CONFLUENT_UNAVAILABLE,
        new_budget=lambda _environment_id, clock: environment_budget(clock),
        rate_limit_headers=HEADERS,
    )

    def session(self, credentials: Credentials) -> "Session":
        """Return the session of these credentials; sessions of equal credentials are equal."""
        return Session(self._service.client(credentials))


@dataclass(frozen=True, slots=True)
class Session:
    """Calls to Confluent Cloud with one set of credentials.

    Every call raises `ServiceError`. The client makes several attempts at a read, and sends a change only once.
    A change also raises `NotLeader`, where the client did not send it.
    """

    client: ServiceClient

    async def network(self, environment_id: str, network_id: str) -> dict[str, Any]:
        """Return a network, as Confluent Cloud's own JSON.

        ``GET /networking/v1/networks/{id}``.

        Raises
        ------
        RequestRefused
            `status` is 404: there is no such network, or no such environment.
        ServiceError
        """
        doing = f"read network {network_id}"
        body = await self.client.read(
            Call(
                operation="getNetworkingV1Network",
                scope=environment_id,
                method="GET",
                path=f"/networking/v1/networks/{quote(network_id, safe='')}",
                error_of=partial(error_of, doing=doing, environment_id=environment_id),
                doing=doing,
                params={"environment": environment_id},
            )
        )
        if not isinstance(body, dict):
            raise _unusable(doing, "the answer is no object")
        return body

    async def list_peerings(self, environment_id: str, network_id: str) -> list[dict[str, Any]]:
        """List the peerings of a network, as Confluent Cloud's own JSON, one row for each ID.

        ``GET /networking/v1/peerings``, all pages.
        """
        doing = f"list the peerings of network {network_id}"
        rows: dict[str, dict[str, Any]] = {}
        token: str | None = None
        for _page in range(_MOST_PAGES):
            body = await self.client.read(
                Call(
                    operation="listNetworkingV1Peerings",
                    scope=environment_id,
                    method="GET",
                    path="/networking/v1/peerings",
                    error_of=partial(error_of, doing=doing, environment_id=environment_id, lists=True),
                    doing=doing,
                    params={
                        "environment": environment_id,
                        "spec.network": network_id,
                        "page_size": PAGE_SIZE,
                        **({} if token is None else {"page_token": token}),
                    },
                )
            )
            data = body.get("data") if isinstance(body, dict) else None
            if not isinstance(data, list):
                raise _unusable(doing, "the answer has no list of data")
            # A row may move from one page to the next between two calls: the later one counts.
            rows.update({row["id"]: row for row in data if _is_row(row) and _is_of(row, network_id)})
            token, before = _next_page(body, doing), token
            if token is None:
                return list(rows.values())
            if token == before:
                raise _unusable(doing, "a page names itself as the next one")
        raise _unusable(doing, f"more than {_MOST_PAGES} pages")

    async def create_peering(
        self,
        environment_id: str,
        network_id: str,
        *,
        display_name: str,
        account_id: str,
        vpc_id: str,
        routes: Collection[str],
        customer_region: str,
    ) -> dict[str, Any]:
        """Request a peering of a network with a VPC in AWS; return it as Confluent Cloud's own JSON.

        ``POST /networking/v1/peerings``. The peering needs an acceptance in the account of the VPC. Confluent Cloud has
        taken the request also where the answer lacks fields: the list shows the peering then.

        Raises
        ------
        Refused
            Confluent Cloud refuses the peering until somebody acts.
        ServiceError
        """
        doing = f"create peering {display_name}"
        response = await self.client.change(
            Call(
                operation="createNetworkingV1Peering",
                scope=environment_id,
                method="POST",
                path="/networking/v1/peerings",
                error_of=partial(error_of, doing=doing, environment_id=environment_id, creates=True),
                doing=doing,
                content={
                    "spec": {
                        "display_name": display_name,
                        "cloud": {
                            "kind": "AwsPeering",
                            "account": account_id,
                            "vpc": vpc_id,
                            "routes": list(routes),
                            "customer_region": customer_region,
                        },
                        "environment": {"id": environment_id},
                        "network": {"id": network_id},
                    }
                },
            )
        )
        try:
            body = response.json()
        except ValueError:
            body = None
        return body if isinstance(body, dict) else {}

    async def delete_peering(self, environment_id: str, peering_id: str) -> None:
        """Request the deletion of a peering. One that does not exist counts as deleted.

        ``DELETE /networking/v1/peerings/{id}``.
        """
        doing = f"delete {peering_id}"
        try:
            await self.client.change(
                Call(
                    operation="deleteNetworkingV1Peering",
                    scope=environment_id,
                    method="DELETE",
                    path=f"/networking/v1/peerings/{quote(peering_id, safe='')}",
                    error_of=partial(error_of, doing=doing, environment_id=environment_id),
                    doing=doing,
                    params={"environment": environment_id},
                )
            )
        except RequestRefused as error:
            if error.status != _GONE:
                raise


def parse_network(row: dict[str, Any]) -> Network:
    """Parse an answer; a field of a wrong type counts as absent."""
    return Network.model_validate(row)


def parse_peering(row: dict[str, Any]) -> Peering:
    """Parse a row; a field of a wrong type counts as absent."""
    return Peering.model_validate(row)


def _is_row(row: object) -> bool:
    return isinstance(row, dict) and isinstance(row.get("id"), str) and bool(row["id"])


def _is_of(row: dict[str, Any], network_id: str) -> bool:
    """Whether a row belongs to the network that is asked for. One that names no network does."""
    return parse_peering(row).network_id in (None, network_id)


def _next_page(body: dict[str, Any], doing: str) -> str | None:
    """Return the token of the next page; None: this page is the last.

    The rest of the link is not used: requests, and the credentials in them, go to the base URL only.
    """
    metadata = body.get("metadata")
    link = metadata.get("next") if isinstance(metadata, dict) else None
    if not link:
        return None
    try:
        (token,) = parse_qs(urlsplit(link).query)["page_token"]
    except (KeyError, ValueError, TypeError, AttributeError):
        # Rows that the answer leaves out must not count as gone.
        raise _unusable(doing, "a page names a next one without its token") from None
    return token


def _unusable(doing: str, problem: str) -> Unavailable:
    return Unavailable(f"Confluent Cloud could not {doing}: {problem}.", reason=Reason.CONFLUENT_UNAVAILABLE)
