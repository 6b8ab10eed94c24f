"""What is remembered between two reconciles."""

from atlas_streams_peering.controller.moments import Moments


def test_the_first_list_without_a_connection_is_remembered_until_one_has_it_again() -> None:
    moments = Moments()

    assert moments.missed_for("one", 100.0) == 0
    assert moments.missed_for("one", 103.5) == 3.5
    assert moments.missed_for("other", 103.5) == 0
    moments.found("one")
    assert moments.missed_for("one", 110.0) == 0
    moments.forget("one")
    assert moments.missed_for("one", 111.0) == 0
