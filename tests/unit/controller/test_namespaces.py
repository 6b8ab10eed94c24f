"""Which namespaces can be listed: the first refusal and the last one's end are told apart from those between."""

from atlas_streams_peering.controller.namespaces import Namespaces


def test_only_the_first_refusal_and_the_end_of_the_last_are_news() -> None:
    namespaces = Namespaces()

    assert [namespaces.refused("a", kind, "forbidden") for kind in ("One", "Two", "One")] == [True, False, False]
    assert [namespaces.listed("a", kind) for kind in ("One", "Two", "One")] == [False, True, False]
    assert namespaces.refused("a", "One", "forbidden")


def test_objects_are_unknown_where_every_list_so_far_was_refused() -> None:
    namespaces = Namespaces()
    namespaces.listed("a", "One")
    namespaces.refused("a", "One", "forbidden")
    namespaces.refused("b", "One", "forbidden")
    namespaces.refused("c", "Two", "forbidden")

    assert namespaces.unlisted("One") == ("b",)
    assert namespaces.is_refused("a", "One")
    assert not namespaces.is_refused("c", "One")
    assert namespaces.readable == {"a": False, "b": False, "c": False}
