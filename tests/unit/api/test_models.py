import pytest
from pydantic import ValidationError

from atlas_streams_peering.api.base import DeletionPolicy
from atlas_streams_peering.kinds.streams_account_details.resource import CloudProvider, StreamsAccountDetailsSpec
from atlas_streams_peering.kinds.streams_vpc_peering.resource import (
    DesiredState,
    StreamsVpcPeeringSpec,
    StreamsVpcPeeringStatus,
)

SPEC = {
    "projectId": "671a86f4cfc9da7d7c31b14f",
    "requester": {"accountId": "417601102659", "vpcId": "vpc-0d13eb6a2f0377854"},
}


def test_a_spec_is_read_with_its_defaults() -> None:
    spec = StreamsVpcPeeringSpec.model_validate(SPEC)
    assert (spec.project_id, spec.requester.account_id, spec.requester.vpc_id) == (
        "671a86f4cfc9da7d7c31b14f",
        "417601102659",
        "vpc-0d13eb6a2f0377854",
    )
    assert (spec.desired_state, spec.deletion_policy, spec.suspend) == (
        DesiredState.ACCEPTED,
        DeletionPolicy.DELETE,
        False,
    )
    assert (spec.credentials_secret_ref, spec.connection_name, spec.requester.cidr) == (None, None, None)


def test_fields_of_a_newer_version_are_left_aside() -> None:
    newer = SPEC | {"priority": 5, "requester": SPEC["requester"] | {"region": "us-east-1"}}  # type: ignore[operator]
    assert StreamsVpcPeeringSpec.model_validate(newer) == StreamsVpcPeeringSpec.model_validate(SPEC)


def test_a_spec_cannot_be_changed_in_place() -> None:
    spec = StreamsVpcPeeringSpec.model_validate(SPEC)
    with pytest.raises(ValidationError):
        spec.suspend = True  # type: ignore[misc]


def test_an_untouched_status_is_read() -> None:
    status = StreamsVpcPeeringStatus.model_validate({"observedGeneration": -1})
    assert (status.observed_generation, status.conditions) == (-1, ())
    assert status.condition("Ready") is None


def test_a_condition_is_found_by_its_type() -> None:
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": "2024-12-12T12:00:00Z", "reason": "Active"}
    status = StreamsVpcPeeringStatus.model_validate({"conditions": [{**ready, "message": "It is active."}]})
    found = status.condition("Ready")
    assert found is not None
    assert (found.status, found.reason, found.message) == ("True", "Active", "It is active.")
    assert status.condition("Synced") is None


def test_account_details_are_read_with_their_default_provider() -> None:
    spec = StreamsAccountDetailsSpec.model_validate({"projectId": "671a86f4cfc9da7d7c31b14f", "region": "us-east-1"})
    assert (spec.cloud_provider, spec.provider, spec.atlas_region) == (None, CloudProvider.AWS, "US_EAST_1")
    assert (spec.credentials_secret_ref, spec.config_map_ref) == (None, None)
