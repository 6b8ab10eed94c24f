"""What a release is made of, and the proof that all places name the same version."""

from release.assets import write_assets
from release.versions import Statement, disagreements, statements

__all__ = ["Statement", "disagreements", "statements", "write_assets"]
