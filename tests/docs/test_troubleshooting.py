"""Every reason is explained, in the operator's own words."""

import pytest

from atlas_streams_peering.api.conditions import Reason
from docs.documents import read, sections
from docs.example_messages import MESSAGES

EXPLAINED = sections(read("docs/troubleshooting.md"), 3)


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_has_a_section_that_quotes_a_message_as_the_operator_words_it(reason: Reason) -> None:
    assert f"\n> {MESSAGES[reason]}\n" in EXPLAINED[reason.value]


def test_no_section_explains_a_reason_that_does_not_exist() -> None:
    assert set(EXPLAINED) <= {reason.value for reason in Reason}


def test_the_output_of_helm_shows_a_message_as_the_operator_words_it() -> None:
    assert MESSAGES[Reason.REQUEST_EXPIRED] in read("docs/conditions.md")


@pytest.mark.parametrize("reason", sorted(set(Reason) - {Reason.OBSERVED}))
def test_each_reason_has_a_place_in_the_table_of_conditions(reason: Reason) -> None:
    assert f"`{reason.value}`" in read("docs/conditions.md")
