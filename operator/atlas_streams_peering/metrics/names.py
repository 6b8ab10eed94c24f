"""The prefix of all metrics of this operator."""

from typing import Final

PREFIX: Final = "atlas_streams_peering"
