"""The simulator of Atlas is the service of these tests."""

from unit.atlas.conftest import account_session, atlas, session, simulator

__all__ = ["account_session", "atlas", "session", "simulator"]
