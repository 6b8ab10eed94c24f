"""JSON schemas against which much is validated."""

from typing import Any

from jsonschema.protocols import Validator
from jsonschema.validators import validator_for


def validator(schema: Any) -> Validator:
    """Return what validates by a schema that is checked itself now: `jsonschema.validate` does so each time.

    To check one takes far longer than to validate an object.
    """
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)
