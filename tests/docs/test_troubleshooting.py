"""Every reason is explained, in the operator's own words."""

import re

import pytest
from pydantic import ValidationError

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.api.group import API_VERSION
from atlas_streams_peering.settings import Settings, explain
from docs.documents import ROOT, code_blocks, read, sections
from docs.example_messages import MESSAGES

EXPLAINED = sections(read("docs/troubleshooting.md"), 3)
TOPICS = sections(read("docs/troubleshooting.md"), 2)


def quoted(topic: str) -> list[str]:
    """Return the messages in the first column of a topic's table, each up to its first ellipsis."""
    cells = re.findall(r"^\| (`.+?) \|", TOPICS[topic], flags=re.MULTILINE)
    return [message.partition("…")[0] for cell in cells for message in re.findall(r"`([^`]+)`", cell)]


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


@pytest.mark.parametrize("message", quoted("`helm test` or `check` fails"))
def test_each_line_of_the_check_is_quoted_as_the_check_words_it(message: str) -> None:
    source = read("operator/atlas_streams_peering/check.py").replace("{API_VERSION}", API_VERSION)
    worded = [source.replace("{service}", service) for service in ("Atlas", "Confluent Cloud")]
    assert any(message in text for text in worded)


@pytest.mark.parametrize("message", [one for one in quoted("The API server refuses a manifest") if " must be " in one])
def test_each_refusal_of_a_value_is_quoted_as_a_rule_words_it(message: str) -> None:
    rules = "".join(path.read_text() for path in (ROOT / "crds").glob("*.yaml")).replace("''", "'")
    # What the API server says itself of a wrong type is no rule; tests with an API server look at it.
    assert message in rules or "in body must be of type" in message


def test_the_line_of_a_wrong_setting_is_as_the_operator_words_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLL_INTERVAL_STEADY", "0")
    with pytest.raises(ValidationError) as caught:
        Settings()
    (shown,) = code_blocks(TOPICS["The operator does not start"], "text")
    assert shown == f"atlas-streams-peering: {explain(caught.value)}\n"
