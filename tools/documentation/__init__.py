"""The documentation: the reference that is generated from the kinds, and the site that is built from docs/."""
