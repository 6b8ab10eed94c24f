"""When work is done: one clock, one queue, one backoff; and how it ends."""
