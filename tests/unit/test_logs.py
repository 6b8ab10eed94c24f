import json
import logging
import re
import sys
import time
from collections.abc import Iterator

import pytest

from atlas_streams_peering.controller.log_fields import about
from atlas_streams_peering.controller.store import Store
from atlas_streams_peering.logs import configure_logging
from atlas_streams_peering.settings import LogFormat, LogLevel
from unit.kinds.entries import NAMESPACE, body, put

pytestmark = pytest.mark.usefixtures("untouched_logging")

Capture = pytest.CaptureFixture[str]
OURS = "atlas_streams_peering.reconcile"
TALKATIVE = [
    "httpx",
    "kubernetes.aio.client.rest",
    "kubernetes.client.rest",
    "aiohttp.client",
    "aiohttp.access",
    "hpack.hpack",
]
BOTH_FORMATS = pytest.mark.parametrize("log_format", LogFormat)


def test_text_is_a_line_for_people(capsys: Capture) -> None:
    configure_logging(LogFormat.TEXT, LogLevel.INFO)
    logging.getLogger(OURS).warning("%s: %s", "team-a/kafka", "pcx-1 is active.")
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING team-a/kafka: pcx-1 is active\.\n", err)


def test_json_is_an_object_for_machines(capsys: Capture) -> None:
    configure_logging(LogFormat.JSON, LogLevel.INFO)
    logging.getLogger(OURS).info("%s: %s", "team-a/kafka", 'said "no"\nand then …')
    (line,) = capsys.readouterr().err.splitlines()
    entry = json.loads(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry.pop("time"))
    assert entry == {"level": "info", "logger": OURS, "message": 'team-a/kafka: said "no"\nand then …'}


def test_json_has_the_fields_of_the_object_that_a_line_is_about(capsys: Capture) -> None:
    configure_logging(LogFormat.JSON, LogLevel.INFO)
    extra = about(put(Store(), "StreamsVpcPeering", body("orders", connectionName="pcx-1")), "Active")
    logging.getLogger(OURS).info("pcx-1 is active.", extra=extra)
    entry = json.loads(capsys.readouterr().err)
    del entry["time"]
    assert entry == {
        "level": "info",
        "logger": OURS,
        "message": "pcx-1 is active.",
        "kind": "StreamsVpcPeering",
        "namespace": NAMESPACE,
        "name": "orders",
        "reason": "Active",
        "connection": "pcx-1",
    }


@pytest.fixture
def _far_from_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Etc/GMT+5")
        time.tzset()
        yield
    time.tzset()


@BOTH_FORMATS
@pytest.mark.usefixtures("_far_from_greenwich")
def test_the_time_is_utc_wherever_the_machine_is(capsys: Capture, log_format: LogFormat) -> None:
    configure_logging(log_format, LogLevel.INFO)
    record = {"name": OURS, "levelno": logging.INFO, "levelname": "INFO", "msg": "said", "created": 0.0, "msecs": 0.0}
    logging.getLogger(OURS).handle(logging.makeLogRecord(record))
    assert "1970-01-01T00:00:00.000Z" in capsys.readouterr().err


def test_an_exception_stays_within_its_json_line(capsys: Capture) -> None:
    configure_logging(LogFormat.JSON, LogLevel.INFO)
    try:
        int("unforeseen")
    except ValueError:
        logging.getLogger(OURS).exception("It failed")
    (line,) = capsys.readouterr().err.splitlines()
    entry = json.loads(line)
    assert (entry["level"], entry["message"]) == ("error", "It failed")
    assert entry["exception"].endswith("'unforeseen'")


@BOTH_FORMATS
@pytest.mark.parametrize("level", LogLevel)
def test_what_is_below_the_level_is_left_out(capsys: Capture, log_format: LogFormat, level: LogLevel) -> None:
    configure_logging(log_format, level)
    ranks = {each: getattr(logging, each.upper()) for each in LogLevel}
    for each, rank in ranks.items():
        logging.getLogger(OURS).log(rank, "said at %s", each)
    said = capsys.readouterr().err
    assert {each for each in LogLevel if f"said at {each}" in said} == {
        each for each, rank in ranks.items() if rank >= ranks[level]
    }


@BOTH_FORMATS
@pytest.mark.parametrize("level", LogLevel)
@pytest.mark.parametrize("name", TALKATIVE)
def test_libraries_that_show_headers_or_bodies_stay_silent(
    capsys: Capture, log_format: LogFormat, level: LogLevel, name: str
) -> None:
    configure_logging(log_format, level)
    logging.getLogger(name).debug("Authorization: Bearer hunter2")
    logging.getLogger(name).info("Authorization: Bearer hunter2")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", TALKATIVE)
def test_their_warnings_are_heard(capsys: Capture, name: str) -> None:
    configure_logging(LogFormat.TEXT, LogLevel.INFO)
    logging.getLogger(name).warning("The connection broke")
    assert "The connection broke" in capsys.readouterr().err


@pytest.mark.parametrize(("level", "heard"), [(LogLevel.DEBUG, True), (LogLevel.INFO, False)])
def test_kopf_tells_of_its_events_only_at_debug(capsys: Capture, level: LogLevel, heard: bool) -> None:
    configure_logging(LogFormat.TEXT, level)
    logging.getLogger("kopf.activities").info("Handler succeeded")
    assert ("Handler succeeded" in capsys.readouterr().err) is heard


def test_it_takes_the_place_of_what_was_configured_before(capsys: Capture) -> None:
    logging.getLogger().addHandler(logging.StreamHandler(sys.stderr))
    configure_logging(LogFormat.TEXT, LogLevel.INFO)
    logging.getLogger(OURS).info("once")
    assert capsys.readouterr().err.count("once") == 1


@pytest.mark.parametrize(("level", "said"), [(LogLevel.INFO, False), (LogLevel.DEBUG, True)])
def test_that_kopf_keeps_asking_for_what_is_refused_is_said_to_those_who_look_for_a_fault(
    capsys: Capture, level: LogLevel, said: bool
) -> None:
    configure_logging(LogFormat.TEXT, level)
    words = "Request attempt #7 failed; will retry: GET https://… -> APIForbiddenError('forbidden', {'code': 403})"

    logging.getLogger("kopf._core.reactor").error(words)

    assert (words in capsys.readouterr().err) is said
