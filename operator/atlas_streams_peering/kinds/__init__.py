"""The kinds of custom resource: one folder per kind."""
