"""The bodies that Confluent Cloud takes, as strict as the API's document; unknown and read-only fields are refused."""

import ipaddress
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from atlas_simulator.confluent.failure import failure, failures
from atlas_simulator.confluent.peering import PeeringSpec
from atlas_simulator.messages import JSON, Request


def _checked_cidr(text: str) -> str:
    ipaddress.IPv4Network(text)
    return text


Cidr = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+\.\d+/\d+$"), AfterValidator(_checked_cidr)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Reference(_Strict):
    """A reference to an environment or a network."""

    id: str = Field(min_length=1, max_length=255)
    environment: str | None = Field(default=None, min_length=1, max_length=255)


class AwsPeering(_Strict):
    """The AWS side; the document takes any text for the VPC and the region, and AWS only these."""

    kind: Literal["AwsPeering"]
    account: str = Field(pattern=r"^\d{12}$")
    vpc: str = Field(pattern=r"^vpc-[0-9a-f]{8}([0-9a-f]{9})?$")
    routes: list[Cidr] = Field(min_length=1)
    customer_region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")

    def wanted(self, display_name: str | None) -> PeeringSpec:
        """Return what the client asks for."""
        return PeeringSpec(self.account, self.vpc, tuple(self.routes), self.customer_region, display_name)


class NewPeeringSpec(_Strict):
    """The ``spec`` of a new peering."""

    display_name: str = ""
    cloud: AwsPeering
    environment: Reference
    network: Reference


class NewPeering(_Strict):
    """The body of ``POST /peerings``."""

    spec: NewPeeringSpec


class ChangedPeeringSpec(_Strict):
    """The ``spec`` of a change: everything else is immutable."""

    display_name: str | None = None
    environment: Reference


class ChangedPeering(_Strict):
    """The body of ``PATCH /peerings/{id}``."""

    spec: ChangedPeeringSpec


Body = TypeVar("Body", bound=BaseModel)


def parsed(model: type[Body], request: Request) -> Body:
    """Return the body of a request; raises 415 for another type, 400 for other JSON and 422 for wrong fields."""
    given = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if given != JSON:
        raise failure(415, f"The Content-Type must be {JSON}.")
    try:
        document = request.json_object()
    except (ValueError, TypeError):
        raise failure(400, "The body must be a JSON object.") from None
    try:
        return model.model_validate(document)
    except ValidationError as wrong:
        problems = [(each["msg"], {"pointer": "/" + "/".join(map(str, each["loc"]))}) for each in wrong.errors()]
        raise failures(422, problems) from None
