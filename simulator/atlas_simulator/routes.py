"""What a control route is."""

from collections.abc import Callable, Mapping

from atlas_simulator.messages import Request

Route = Callable[[Request, Mapping[str, str]], object]
"""Takes a request and the names in its path, and returns the JSON document of the answer."""

Row = tuple[str, str, int, Route]
"""The method, the path as a regular expression after ``/_simulator``, the status of success, and the route."""
