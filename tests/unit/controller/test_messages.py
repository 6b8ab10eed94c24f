"""What the path itself says of an object of any kind."""

from atlas_streams_peering.controller import messages


def test_a_deletion_that_waits_says_why_and_the_way_out() -> None:
    assert messages.deletion_waits("The service did not answer (HTTP 503).") == (
        "Deletion waits: The service did not answer (HTTP 503); "
        "to let the object go without it, set deletionPolicy: Retain."
    )


def test_an_object_that_goes_without_a_change_says_why() -> None:
    assert messages.nothing_changed("Waiting for another object.") == (
        "Nothing was changed outside: Waiting for another object."
    )


def test_a_stored_spec_that_does_not_parse_says_where_and_what_to_do() -> None:
    assert messages.invalid_spec("spec.desiredState: Input should be 'Accepted' or 'Rejected'.") == (
        "The stored spec is not valid: spec.desiredState: Input should be 'Accepted' or 'Rejected'; "
        "correct it, or apply this version's CRD."
    )
