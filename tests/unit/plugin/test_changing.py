"""What happens between the question and the change."""

from unittest import mock

import pytest

from atlas_streams_peering.plugin import changing
from atlas_streams_peering.plugin.exit_codes import ExitCode
from atlas_streams_peering.plugin.main import run
from atlas_streams_peering.plugin.objects import Objects
from atlas_streams_peering.plugin.owners import Ownership
from atlas_streams_peering.plugin.peerings import Peering
from atlas_streams_peering.plugin.reading import Picture
from unit.kinds.streams_vpc_peering.builders import NAME
from unit.plugin.builders import OWNER, peering


def pictures(*peerings: Peering) -> mock.AsyncMock:
    """Return a `read_peerings` that shows one connection, as it is each time that it is read."""
    return mock.AsyncMock(side_effect=[Picture((one,), {}, Objects(), ()) for one in peerings])


@pytest.mark.parametrize(
    ("before", "after", "options", "code", "changed"),
    [
        (peering(), peering(), [], ExitCode.DONE, True),
        (peering(), peering(ownership=Ownership(OWNER)), [], ExitCode.REFUSED, False),
        (peering(), peering(ownership=Ownership(OWNER)), ["--even-if-managed"], ExitCode.REFUSED, False),
        (peering(), peering("deleting"), [], ExitCode.REFUSED, False),
        (peering(), peering(certain=False), [], ExitCode.REFUSED, False),
    ],
    ids=["the same", "an object took over", "an object took over that nobody overruled", "gone", "owners unknown"],
)
def test_what_is_agreed_to_has_to_be_so_still(
    *, before: Peering, after: Peering, options: list[str], code: ExitCode, changed: bool
) -> None:
    change = mock.AsyncMock()

    with (
        mock.patch.object(changing, "read_peerings", pictures(before, after)),
        mock.patch.object(changing, "confirm"),
        mock.patch.object(changing, "_change", change),
    ):
        assert run(["delete", NAME, *options]) == code

    assert bool(change.await_count) is changed


def test_who_is_not_asked_has_it_changed_as_it_was_read() -> None:
    read, change = pictures(peering()), mock.AsyncMock()

    with mock.patch.object(changing, "read_peerings", read), mock.patch.object(changing, "_change", change):
        assert run(["delete", NAME, "--yes"]) == ExitCode.DONE

    assert (read.await_count, change.await_count) == (1, 1)
