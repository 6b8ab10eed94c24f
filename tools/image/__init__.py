"""The operator's image: built with the builder that is here, and taken apart to be looked at."""

from image.builder import Builder, BuilderError, Configuration, find_builder

__all__ = ["Builder", "BuilderError", "Configuration", "find_builder"]
