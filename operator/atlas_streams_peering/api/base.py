"""What the models of every kind have in common."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class ApiModel(BaseModel):
    """Frozen, camelCase outside, unknown fields ignored: a newer CRD must not break an older operator."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        use_attribute_docstrings=True,
    )


def _worded(pattern: str, sentence: str, *rules: dict[str, str], longest: int = 64) -> dict[str, object]:
    """Schema of a string with a pattern, and the same as a rule whose message says it in words.

    The API server answers a broken pattern with the pattern alone; the rule beside it adds a sentence.
    `longest` bounds the cost of the rule and is wider than the pattern, so that the sentence is the
    answer, not "too long". Further `rules` are added as they are.
    """
    escaped = pattern.replace("\\", "\\\\")
    return {
        "pattern": pattern,
        "maxLength": longest,
        "x-kubernetes-validations": [{"rule": f"self.matches('{escaped}')", "message": sentence}, *rules],
    }


_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"

PROJECT_ID_PATTERN = "^[0-9a-f]{24}$"
ACCOUNT_ID_PATTERN = "^[0-9]{12}$"
VPC_ID_PATTERN = "^vpc-([0-9a-f]{8}|[0-9a-f]{17})$"
CONNECTION_NAME_PATTERN = "^pcx-([0-9a-f]{8}|[0-9a-f]{17})$"
REGION_PATTERN = "^[A-Za-z0-9]+([_-][A-Za-z0-9]+)*$"
AWS_REGION_PATTERN = "^[a-z0-9]+(-[a-z0-9]+)*$"
ENVIRONMENT_ID_PATTERN = "^env-[a-z0-9]+(-[a-z0-9]+)*$"
NETWORK_ID_PATTERN = "^n-[a-z0-9]+(-[a-z0-9]+)*$"
CIDR_PATTERN = rf"^{_OCTET}([.]{_OCTET}){{3}}/(3[0-2]|[12]?[0-9])$"

# Also keeps a name from being a path, which might lead into another namespace.
NAME_PATTERN = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"

# A project is part of every object's identity: moving an object would orphan what it holds in Atlas.
ProjectId = Annotated[
    str,
    Field(
        json_schema_extra=_worded(
            PROJECT_ID_PATTERN,
            "projectId must be the Atlas project's ID: 24 lower-case hexadecimal digits",
            {
                "rule": "self == oldSelf",
                "message": "spec.projectId cannot be changed: create another object for another project",
            },
        )
    ),
]
# The region of what a project has in a cloud: another region means another object.
Region = Annotated[
    str,
    Field(
        json_schema_extra=_worded(
            REGION_PATTERN,
            "region must be a region's name as in Atlas, such as US_EAST_1",
            {
                "rule": "self == oldSelf",
                "message": "spec.region cannot be changed: create another object for another region",
            },
        )
    ),
]
AccountId = Annotated[
    str,
    Field(json_schema_extra=_worded(ACCOUNT_ID_PATTERN, "accountId must be an AWS account ID: 12 digits, in quotes")),
]
VpcId = Annotated[
    str,
    Field(
        json_schema_extra=_worded(
            VPC_ID_PATTERN, "vpcId must be an AWS VPC ID: vpc- and 17 hexadecimal digits (8 for old VPCs)"
        )
    ),
]
ConnectionName = Annotated[
    str,
    Field(
        json_schema_extra=_worded(
            CONNECTION_NAME_PATTERN,
            "connectionName must be a VPC peering ID: pcx- and 17 hexadecimal digits (8 for old connections)",
        )
    ),
]


def _cidr(field: str) -> dict[str, object]:
    """Schema of the CIDR block in this field."""
    return _worded(
        CIDR_PATTERN,
        f"{field} must be an IPv4 CIDR block such as 10.0.0.0/16",
        # AWS and Atlas report network addresses only, so that a block with host bits matches nothing.
        {
            "rule": "!isCIDR(self) || cidr(self) == cidr(self).masked()",
            "message": f"{field} must be a network address: 10.0.0.0/16, not 10.0.0.1/16",
        },
    )


Cidr = Annotated[str, Field(json_schema_extra=_cidr("cidr"))]
CidrBlock = Annotated[str, Field(json_schema_extra=_cidr("cidrBlock"))]
Route = Annotated[str, Field(description="A CIDR block.", json_schema_extra=_cidr("routes"))]
# A peering belongs to one network of one environment: another one means another object.
EnvironmentId = Annotated[
    str,
    Field(
        json_schema_extra=_worded(
            ENVIRONMENT_ID_PATTERN,
            "environmentId must be the ID of a Confluent Cloud environment: env- and lower-case letters and digits",
            {
                "rule": "self == oldSelf",
                "message": "spec.environmentId cannot be changed: create another object for another environment",
            },
        )
    ),
]
NetworkId = Annotated[
    str,
    Field(
        json_schema_extra=_worded(
            NETWORK_ID_PATTERN,
            "networkId must be the ID of a Confluent Cloud network: n- and lower-case letters and digits",
            {
                "rule": "self == oldSelf",
                "message": "spec.networkId cannot be changed: create another object for another network",
            },
        )
    ),
]
AtlasRegion = Annotated[
    str,
    Field(
        json_schema_extra=_worded(
            REGION_PATTERN, "region must be a region's name as in Atlas or AWS, such as US_EAST_1 or us-east-1"
        )
    ),
]
AwsRegion = Annotated[
    str,
    Field(
        json_schema_extra=_worded(
            AWS_REGION_PATTERN, "customerRegion must be a region's name as in AWS, such as us-east-1"
        )
    ),
]


class LocalObjectReference(ApiModel):
    """An object in the same namespace."""

    name: Annotated[
        str,
        Field(
            json_schema_extra=_worded(
                NAME_PATTERN,
                "name must be the name of an object: lower-case letters, digits, hyphens and dots",
                longest=253,
            )
        ),
    ]
    """Name of the object, in the same namespace."""


class DeletionPolicy(StrEnum):
    """What happens outside Kubernetes when the object is deleted."""

    DELETE = "Delete"  # the object stays until what it manages is gone
    RETAIN = "Retain"  # the object goes at once, what it manages stays


def unchangeable(field: str, owner: str, *, advice: str) -> dict[str, str]:
    """Return the rule that `field` of `owner` is neither set, changed nor removed after the object's creation."""
    return {
        "rule": (
            f"has(self.{field}) == has(oldSelf.{field}) && (!has(self.{field}) || self.{field} == oldSelf.{field})"
        ),
        "message": f"{owner}.{field} cannot be changed: {advice}",
        "fieldPath": f".{field}",
    }


def _cidr_of(field: str, *rules: dict[str, str]) -> dict[str, object]:
    """Schema of the CIDR block in a field."""
    return _worded(
        CIDR_PATTERN,
        f"{field} must be an IPv4 CIDR block such as 10.0.0.0/16",
        {
            "rule": "!isCIDR(self) || cidr(self) == cidr(self).masked()",
            "message": f"{field} must be a network address: 10.0.0.0/16, not 10.0.0.1/16",
        },
        *rules,
    )


# Of outbound peerings.
ContainerRegion = Annotated[
    str,
    Field(json_schema_extra=_worded(REGION_PATTERN, "region must be a region's name as in Atlas, such as US_EAST_1")),
]
ContainerId = Annotated[
    str,
    Field(
        json_schema_extra=_worded(
            PROJECT_ID_PATTERN, "containerId must be the ID of a network container: 24 lower-case hexadecimal digits"
        )
    ),
]
AccepterRegion = Annotated[
    str,
    Field(
        json_schema_extra=_worded(REGION_PATTERN, "accepterRegion must be a region's name as in AWS, such as us-east-1")
    ),
]
AccepterAccountId = Annotated[
    str,
    Field(
        json_schema_extra=_worded(ACCOUNT_ID_PATTERN, "awsAccountId must be an AWS account ID: 12 digits, in quotes")
    ),
]
RouteTableCidrBlock = Annotated[str, Field(json_schema_extra=_cidr_of("routeTableCidrBlock"))]
AtlasCidrBlock = Annotated[
    str,
    Field(
        json_schema_extra=_cidr_of(
            "atlasCidrBlock",
            {
                "rule": "self.matches('/2[1-4]$')",
                "message": "atlasCidrBlock must have a prefix length from /21 to /24",
            },
        )
    ),
]
