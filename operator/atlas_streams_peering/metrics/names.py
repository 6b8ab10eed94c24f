"""What all metrics of this operator begin with."""

from typing import Final

PREFIX: Final = "atlas_streams_peering"
