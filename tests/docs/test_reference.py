"""The reference of the kinds is what the models, the rules and the code say today."""

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.api.crd import CustomResource
from atlas_streams_peering.controller.decision import Progress
from atlas_streams_peering.kinds.resources import KINDS
from docs.documents import read, sections, table_rows
from documentation.pages import REFERENCE
from documentation.reasons import named_in_the_code, progress_of, reasons_of
from documentation.reference import GUIDES, reference_files

EVERY_KIND = pytest.mark.parametrize("resource", KINDS, ids=lambda resource: resource.kind)


def page(resource: CustomResource) -> dict[str, str]:
    return sections(read(f"docs/reference/{resource.singular}.md"), 2)


def test_the_pages_are_up_to_date_and_there_are_no_others() -> None:
    assert {path.name: path.read_text() for path in REFERENCE.glob("*.md")} == reference_files()


@EVERY_KIND
def test_each_reason_that_the_code_of_a_kind_names_is_on_its_page(resource: CustomResource) -> None:
    shown = page(resource)["Conditions and reasons"]
    named = named_in_the_code(resource)
    # With the Event Deleted, an object goes. Where a spec can ask for it, it is a state as well.
    lasting = named if "desired_state" in resource.spec.model_fields else named - {Reason.DELETED}
    assert named
    assert {reason for reason in lasting if f"[`{reason.value}`]" not in shown} == set()


def test_every_reason_of_ready_belongs_to_a_kind() -> None:
    known = {reason for resource in KINDS for reason in reasons_of(resource)}
    assert known == set(Reason) - {Reason.OBSERVED}


def test_no_kind_has_reasons_of_a_service_that_it_does_not_use() -> None:
    for resource in KINDS:
        unavailable = {Reason.ATLAS_UNAVAILABLE, Reason.CONFLUENT_UNAVAILABLE} & set(reasons_of(resource))
        assert len(unavailable) == 1, resource.kind


@pytest.mark.parametrize("reason", sorted(set(Reason) - {Reason.OBSERVED}))
def test_a_reason_goes_with_the_conditions_that_the_page_about_conditions_shows(reason: Reason) -> None:
    shown = {
        Progress.REACHED: ["True", "", ""],
        Progress.RECONCILING: ["False", "True", ""],
        Progress.STALLED: ["False", "", "True"],
        Progress.PAUSED: ["False", "", ""],
    }
    (row,) = [row for row in table_rows(read("docs/conditions.md")) if f"`{reason.value}`" in f"`{row[0]}`"]
    assert row[1:4] == shown[progress_of(reason)]


@EVERY_KIND
def test_the_first_field_that_cannot_change_is_shown_as_such(resource: CustomResource) -> None:
    identity = {"ConfluentPeering": "environmentId"}.get(resource.kind, "projectId")
    rows = {row[0]: row for row in table_rows(page(resource)["spec"])}
    assert rows[identity][3] == "no"
    assert rows["credentialsSecretRef"][3] == "yes"


def test_each_kind_has_a_guide() -> None:
    assert set(GUIDES) == {resource.kind for resource in KINDS}
