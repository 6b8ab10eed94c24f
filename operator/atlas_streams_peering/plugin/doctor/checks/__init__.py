"""The checks: each judges facts that were gathered before, and reads nothing itself."""
