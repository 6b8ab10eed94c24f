"""Names of AWS regions, as Atlas and as AWS itself spell them."""


def atlas_region(region: str) -> str:
    """Return the region as Atlas spells it: AWS' own ``us-east-1`` is ``US_EAST_1``."""
    return region.upper().replace("-", "_")


def aws_region(region: str) -> str:
    """Return the region as AWS spells it: Atlas' ``US_EAST_1`` is ``us-east-1``."""
    return region.lower().replace("_", "-")
