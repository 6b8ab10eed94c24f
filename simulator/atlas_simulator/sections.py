"""What the settings of all services are made of."""

from pydantic import BaseModel, ConfigDict, Field

DAY = 86_400.0
HOUR = 3_600.0


class Section(BaseModel):
    """A part of the settings, which refuses unknown names."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class BucketSize(Section):
    """A token bucket: how many requests it allows, and how it refills."""

    enabled: bool = True
    capacity: int = Field(default=1200, ge=1)
    refill: int = Field(default=500, ge=1)
    refill_seconds: float = Field(default=60, gt=0)
    headers: bool = True
    """Whether answers have the headers of the rate limit, which "might not always" be present."""
