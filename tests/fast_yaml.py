"""YAML, read by libyaml: PyYAML's own parser takes ten times as long, and the tests read a lot."""

from typing import Any

import yaml


def read_yaml(text: str) -> Any:
    """Return the one document of a text."""
    return yaml.load(text, Loader=yaml.CSafeLoader)


def read_yaml_all(text: str) -> list[Any]:
    """Return the documents of a text."""
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))
