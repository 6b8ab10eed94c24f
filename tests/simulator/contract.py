"""Checks recorded exchanges against the OpenAPI documents of Atlas and of Confluent Cloud.

``check_all(simulator.exchanges)`` is for the tests of a client: every request must be valid, and so must every answer
that no fault replaced. ``check_answers`` is for tests that send invalid requests on purpose: every answer must be
valid, and no invalid request may succeed.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Protocol
from urllib.parse import parse_qs, parse_qsl

from simulator.openapi import Description, Operation, Schema, atlas, confluent

UNDECLARED = {
    400: "the streams operations declare no 400, yet take parameters and bodies that can be wrong; "
    "neighbouring operations declare it with an ApiError",
    405: "HTTP's own answer for a method that a path does not have; also Atlas' WRITES_NOT_ALLOWED_DURING_…",
    406: "documented for every resource: a missing or unknown version (versioned API overview)",
    409: "accept, reject and delete in the wrong state; neighbouring operations declare it",
    415: "HTTP's own answer for a body of the wrong type",
}
"""Statuses that the contract allows with an error of the service, although the operations do not declare them."""

REPLACED_BY_FAULT = frozenset({"answer", "malformed-json", "proxy-page", "hang", "drop", "lose-reply", "replace-reply"})
"""The kinds of fault that replace the service's answer."""

_CONFLUENT = "/networking/"
_ERRORS = ({"$ref": "#/components/schemas/ApiError"}, {"$ref": "#/components/schemas/Failure"})
"""The schemas of Atlas' and Confluent Cloud's errors."""


class Exchange(Protocol):
    """One request with its answer; header names are in lower case."""

    @property
    def method(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def request_headers(self) -> Mapping[str, str]: ...
    @property
    def request_body(self) -> bytes: ...
    @property
    def status(self) -> int | None: ...
    @property
    def response_headers(self) -> Mapping[str, str]: ...
    @property
    def response_body(self) -> bytes: ...
    @property
    def fault(self) -> str | None: ...


def check_all(exchanges: Iterable[Exchange]) -> None:
    """Fail with every violation in requests and answers."""
    _fail_with(
        f"{_name(exchange)}: {violation}"
        for exchange in exchanges
        for violation in (*request_violations(exchange), *response_violations(exchange))
    )


def check_answers(exchanges: Iterable[Exchange]) -> None:
    """Fail with every violation in answers, and every wrong request that succeeded."""
    _fail_with(violation for exchange in exchanges for violation in _answer_violations(exchange))


def request_violations(exchange: Exchange, *, exact_version: bool = True) -> list[str]:
    """Return what is wrong with a request.

    With ``exact_version``, ``Accept`` must be the documented media type; without, a later date passes too.
    """
    path, _, query = exchange.target.partition("?")
    described = _description(exchange)
    operation, in_path = described.find(exchange.method, path)
    if operation is None:
        return ["there is no such operation"]
    given = {
        "path": {name: [text] for name, text in in_path.items()},
        "query": parse_qs(query, keep_blank_values=True),
    }
    violations = list(_parameter_violations(described, operation, given))
    accept = exchange.request_headers.get("accept", "")
    if not _accepts(operation, accept, exact=exact_version):
        violations.append(f"Accept {accept!r} is not {operation.success_media_types}")
    violations.extend(_request_body_violations(operation, exchange))
    return violations


def response_violations(exchange: Exchange) -> list[str]:
    """Return what is wrong with an answer; a missing answer, or one that a fault replaced, passes."""
    if exchange.status is None or exchange.fault in REPLACED_BY_FAULT:
        return []
    operation, _ = _description(exchange).find(exchange.method, exchange.target.partition("?")[0])
    if operation is None:
        if exchange.status not in (404, 405):
            return [f"{exchange.status} for an operation that does not exist"]
        return list(_error_violations(exchange))
    declared = operation.responses.get(str(exchange.status))
    if declared is None:
        if exchange.status not in UNDECLARED:
            return [f"status {exchange.status} is not declared"]
        return list(_error_violations(exchange))
    return [*_header_violations(declared, exchange), *_response_body_violations(declared, exchange)]


def _answer_violations(exchange: Exchange) -> Iterable[str]:
    for violation in response_violations(exchange):
        yield f"{_name(exchange)}: {violation}"
    if exchange.status is not None and exchange.status < 300 and exchange.fault not in REPLACED_BY_FAULT:
        for violation in request_violations(exchange, exact_version=False):
            yield f"{_name(exchange)} succeeded, although {violation}"


def _description(exchange: Exchange) -> Description:
    return confluent() if exchange.target.startswith(_CONFLUENT) else atlas()


def _parameter_violations(
    described: Description, operation: Operation, given: Mapping[str, Mapping[str, list[str]]]
) -> Iterable[str]:
    known = {parameter["name"] for parameter in operation.parameters if parameter["in"] == "query"}
    for name in given["query"].keys() - known:
        yield f"query parameter {name} is not declared"
    for parameter in operation.parameters:
        name = parameter["name"]
        texts = given[parameter["in"]].get(name)
        if texts is None:
            if parameter.get("required"):
                yield f"{parameter['in']} parameter {name} is missing"
            continue
        schema = described.resolved(parameter["schema"])
        value = texts if schema["type"] == "array" else _typed(texts[-1], schema)
        for error in described.errors(value, schema, "request"):
            yield f"{parameter['in']} parameter {name}: {error}"
        if parameter.get("required") and not texts[-1]:
            yield f"{parameter['in']} parameter {name} is empty"


def _typed(text: str, schema: Schema) -> object:
    match schema["type"]:
        case "integer" if text.lstrip("-").isdigit():
            return int(text)
        case "boolean" if text in ("true", "false"):
            return text == "true"
        case _:
            return text


def _accepts(operation: Operation, accept: str, *, exact: bool) -> bool:
    ranges = [each.partition(";")[0].strip() for each in accept.split(",")]
    for media_type in operation.success_media_types:
        if media_type in ranges or not media_type.startswith("application/vnd.atlas."):
            return True
        if not exact and any(each.startswith("application/vnd.atlas.") and each >= media_type for each in ranges):
            return True
    return not operation.success_media_types


def _request_body_violations(operation: Operation, exchange: Exchange) -> Iterable[str]:
    body = exchange.request_body
    if operation.request_body is None:
        if body:
            yield "the operation takes no body"
        return
    content = operation.request_body["content"]
    content_type = exchange.request_headers.get("content-type", "").partition(";")[0]
    if content_type == "application/x-www-form-urlencoded" and content_type in content:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        yield from _description(exchange).errors(form, content[content_type]["schema"], "request")
        return
    declared = next(iter(content))
    # Atlas' documentation sends application/json where the document declares the versioned type.
    if content_type not in (declared, "application/json") or "json" not in declared:
        yield f"Content-Type {content_type!r} is not {declared}"
        return
    try:
        document = json.loads(body)
    except ValueError:
        yield "the body is not JSON"
        return
    yield from _description(exchange).errors(document, content[declared]["schema"], "request")


def _header_violations(declared: Mapping[str, Mapping[str, Schema]], exchange: Exchange) -> Iterable[str]:
    for name, header in declared.get("headers", {}).items():
        text = exchange.response_headers.get(name.lower())
        if text is not None:  # Atlas: they "might not always" be present
            described = _description(exchange)
            schema = described.resolved(header)["schema"]
            for error in described.errors(_typed(text, schema), schema, "response"):
                yield f"header {name}: {error}"


def _response_body_violations(declared: Mapping[str, Mapping[str, Schema]], exchange: Exchange) -> Iterable[str]:
    content = declared.get("content", {})
    content_type = exchange.response_headers.get("content-type", "").partition(";")[0]
    if not content:
        if exchange.response_body:
            yield "the answer must be empty"
        return
    if content_type not in content:
        yield f"Content-Type {content_type!r} is not one of {list(content)}"
        return
    schema = content[content_type].get("schema")
    if schema is None:
        if exchange.response_body:
            yield "the answer must be empty"
    elif schema in _ERRORS:
        yield from _error_violations(exchange)
    else:
        yield from _document_violations(_description(exchange), schema, exchange.response_body)


def _error_violations(exchange: Exchange) -> Iterable[str]:
    if exchange.response_headers.get("content-type", "").partition(";")[0] != "application/json":
        yield "an error must be application/json"
    described = _description(exchange)
    schema = _ERRORS[0] if described is atlas() else _ERRORS[1]
    for violation in _document_violations(described, schema, exchange.response_body):
        # Atlas' plain 401 has no errorCode, as published logs of real answers show, though it is required.
        if exchange.status != 401 or violation != "$: 'errorCode' is a required property":
            yield violation


def _document_violations(described: Description, schema: Schema, body: bytes) -> Iterable[str]:
    try:
        document = json.loads(body)
    except ValueError:
        return ["the answer is not JSON"]
    return described.errors(document, schema, "response")


def _name(exchange: Exchange) -> str:
    return f"{exchange.method} {exchange.target} → {exchange.status}"


def _fail_with(violations: Iterable[str]) -> None:
    found = list(violations)
    if found:
        raise AssertionError("\n".join(found))
