"""The one path by which objects of every kind are reconciled."""
