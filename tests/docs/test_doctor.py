"""docs/doctor.md: every check is there, and the example says only what the checks can say."""

import re

import pytest

from atlas_streams_peering.plugin.doctor.catalogue import CHECKS
from atlas_streams_peering.plugin.doctor.findings import Check, Outcome
from atlas_streams_peering.plugin.doctor.render import OUTCOME_WORDS
from docs.documents import code_blocks, read, sections, table_rows
from documentation.doctor import with_reference

PAGE = read("docs/doctor.md")
(EXAMPLE,) = code_blocks(PAGE, "text")
LINES = [line for line in EXAMPLE.splitlines() if line.startswith("  ")]


def pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", ".*", re.escape(template)))


def test_the_reference_is_that_of_the_checks() -> None:
    assert with_reference(PAGE) == PAGE, "run `make plugin-docs`"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_each_check_has_a_section_with_all_its_results(check: Check) -> None:
    rows = table_rows(sections(PAGE, 3)[check.id])[2:]
    assert [row[0] for row in rows] == [result.outcome.value for result in check.results]


def test_each_outcome_is_explained_with_its_word() -> None:
    rows = {row[0]: row[1] for row in table_rows(sections(PAGE, 2)["Output and exit code"])}
    assert {outcome.value: rows.get(outcome.value) for outcome in Outcome} == {
        outcome.value: word for outcome, word in OUTCOME_WORDS.items()
    }


@pytest.mark.parametrize("line", [line for line in LINES if not line.startswith("        ")])
def test_each_finding_of_the_example_is_one_that_a_check_makes(line: str) -> None:
    word, title, sentence = re.fullmatch(r"  (\S+) +([^:]+): (.*)", line).groups()  # type: ignore[union-attr]
    possible = [
        result
        for check in CHECKS
        for result in check.results
        if check.title == title and OUTCOME_WORDS[result.outcome] == word
    ]
    assert any(pattern(result.sentence).fullmatch(sentence) for result in possible)


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("        ")])
def test_each_next_step_of_the_example_is_one_of_a_check(line: str) -> None:
    step = line.strip().removeprefix("Next: ")
    steps = [result.next_step for check in CHECKS for result in check.results if result.next_step]
    assert any(pattern(one).fullmatch(step) for one in steps)


def test_the_sum_of_the_example_is_right() -> None:
    words = [line.split()[0] for line in LINES if not line.startswith("        ")]
    counted = {outcome: words.count(word) for outcome, word in OUTCOME_WORDS.items()}
    said = ", ".join(f"{number} {outcome.value}" for outcome, number in counted.items() if number)
    assert EXAMPLE.splitlines()[-1] == f"Result: failed ({said})."
