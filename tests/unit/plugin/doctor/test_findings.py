"""What every check has in common, and the report."""

import click
import pytest

from atlas_streams_peering.plugin.doctor.catalogue import CHECKS
from atlas_streams_peering.plugin.doctor.findings import Check, CheckResult, Finding, Group, Outcome, listed
from atlas_streams_peering.plugin.doctor.redaction import Redaction
from atlas_streams_peering.plugin.doctor.render import text_of
from atlas_streams_peering.plugin.doctor.report import Report
from atlas_streams_peering.plugin.exit_codes import ExitCode

SECRET = "1ecf4c70-98ea-4168-8e44-fd67dba0f3ba"


def finding(outcome: Outcome, check: Check = CHECKS[0], **fields: object) -> Finding:
    said: dict[str, object] = {"sentence": "So it is.", **fields}
    return Finding.model_validate(
        {"check": check.id, "group": check.group, "title": check.title, "outcome": outcome, **said}
    )


def report(*findings: Finding) -> Report:
    return Report.of(findings, time="2026-01-01T00:00:00Z", plugin_version="0.1.0")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_failure_and_warning_has_a_next_step(check: Check) -> None:
    need_none = (Outcome.OK, Outcome.SKIPPED)
    assert [one.sentence for one in check.results if not one.next_step and one.outcome not in need_none] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_sentence_ends(check: Check) -> None:
    # A message of the operator that ends a sentence brings its own full stop.
    assert [one.sentence for one in check.results if not one.sentence.endswith((".", "{message}", "{problem}"))] == []


def test_no_two_checks_have_the_same_id() -> None:
    assert len({check.id for check in CHECKS}) == len(CHECKS)


def test_a_check_says_only_what_is_documented() -> None:
    with pytest.raises(ValueError, match="does not declare this result: Nothing"):
        CHECKS[0].finding(CheckResult(Outcome.OK, "Nothing."))


def test_a_long_list_is_cut() -> None:
    assert listed(["a", "b", "c"], most=2) == "a, b and 1 more"
    assert listed(["a", "b"], most=2) == "a, b"


@pytest.mark.parametrize(
    ("outcomes", "worst", "code"),
    [
        ((Outcome.OK, Outcome.SKIPPED, Outcome.UNKNOWN), Outcome.OK, ExitCode.DONE),
        ((Outcome.OK, Outcome.WARNING), Outcome.WARNING, ExitCode.DONE),
        ((Outcome.WARNING, Outcome.FAILED, Outcome.OK), Outcome.FAILED, ExitCode.FAILED),
    ],
)
def test_the_worst_finding_decides_and_warnings_are_no_failure(
    outcomes: tuple[Outcome, ...], worst: Outcome, code: ExitCode
) -> None:
    made = report(*map(finding, outcomes))
    assert (made.outcome, made.exit_code) == (worst, code)
    assert sum(made.counts.values()) == len(outcomes)


def test_the_report_is_in_the_order_of_the_checks() -> None:
    made = report(*(finding(Outcome.OK, check) for check in reversed(CHECKS)))
    assert [one.check for one in made.findings] == [check.id for check in CHECKS]


def test_the_groups_follow_each_other() -> None:
    groups = list(dict.fromkeys(check.group for check in CHECKS))
    assert groups == list(Group)
    assert [check.group for check in CHECKS] == sorted((check.group for check in CHECKS), key=groups.index)


def test_no_text_shows_a_hidden_value_whatever_it_came_into() -> None:
    redaction = Redaction()
    redaction.add([SECRET, "orders", "s"])
    leaking = finding(
        Outcome.FAILED,
        subject=f"of {SECRET}",
        sentence=f"The key is {SECRET}.",
        next_step=f"Use {SECRET}.",
        evidence={"key": SECRET, "keys": (SECRET, "other"), "number": 1},
    )
    clean = redaction.clean(leaking)
    assert SECRET not in clean.model_dump_json()
    assert clean.sentence == "The key is [hidden]."
    assert clean.evidence == {"key": "[hidden]", "keys": ("[hidden]", "other"), "number": 1}


def test_a_value_is_hidden_base64_encoded_too_and_within_a_longer_one() -> None:
    redaction = Redaction()
    redaction.add(["secret-1", "secret-1-and-more"])
    assert redaction.hide("secret-1-and-more c2VjcmV0LTE= secret-1") == "[hidden] [hidden] [hidden]"


def test_a_value_in_quotes_is_hidden_without_them_too() -> None:
    redaction = Redaction()
    redaction.add(['"secret-1"'])
    assert redaction.hide("It is secret-1.") == "It is [hidden]."


def test_a_word_of_a_few_letters_hides_nothing() -> None:
    redaction = Redaction()
    redaction.add(["", "a", "the"])
    assert redaction.hide("the cat sat") == "the cat sat"


def test_the_text_has_a_line_for_each_finding_with_its_next_step_and_the_evidence_when_wide() -> None:
    made = report(finding(Outcome.FAILED, next_step="Act.", evidence={"image": "a:1", "pods": (), "restarts": 2}))
    plain = "Kubernetes\n  FAIL  API server: So it is.\n        Next: Act.\n\nResult: failed (1 failed).\n"
    assert unstyled(text_of(made)) == plain
    assert "        image: a:1\n        restarts: 2\n" in unstyled(text_of(made, wide=True))


def test_a_terminal_gets_wrapped_lines() -> None:
    made = report(finding(Outcome.OK, sentence="word " * 40))
    assert max(map(len, unstyled(text_of(made, width=80)).splitlines())) <= 80


def test_what_moves_the_cursor_is_not_printed() -> None:
    made = report(finding(Outcome.OK, sentence="a\x1b[2Jb.", evidence={"name": "\x1b[2J"}))
    assert "\x1b[2J" not in text_of(made, wide=True)


def unstyled(text: str) -> str:
    return click.unstyle(text)


def test_the_sum_says_that_something_could_not_be_checked() -> None:
    assert "Result: ok (1 unknown). The doctor could not check what is unknown." in text_of(
        report(finding(Outcome.UNKNOWN))
    )
