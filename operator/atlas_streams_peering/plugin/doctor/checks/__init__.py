"""The checks. Each judges facts that `gather` has read, and does no I/O."""
