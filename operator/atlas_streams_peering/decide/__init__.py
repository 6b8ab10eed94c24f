"""Deciding, as pure functions: spec + what Atlas shows + the time → an action and a status. No I/O."""
