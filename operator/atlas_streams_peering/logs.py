"""Logging, as text or JSON, without secrets."""

import json
import logging
import sys
import time
from typing import Final

from .controller.log_fields import FIELDS
from .settings import LogFormat, LogLevel

_TALKATIVE: Final = ("httpx", "kubernetes", "aiohttp", "hpack")
"""Libraries whose debug lines show headers or bodies with credentials. They log warnings only, at any level."""

_FIELDS: Final = "%(asctime)s %(levelname)-7s %(message)s"


class _Utc(logging.Formatter):
    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"


class _Json(_Utc):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= getattr(record, FIELDS, {})
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


class _OneTraceback(logging.Filter):
    """Removes duplicate tracebacks: Kopf logs an exception in each task that it passes through, and also raises it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("kopf.") and record.funcName == "guard":
            record.exc_info = record.exc_text = None
        return True


class _RefusedOnce(logging.Filter):
    """Removes Kopf's repeated errors about a watch that the API server refuses; the resync logs it once."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.name.startswith("kopf.") and "APIForbiddenError" in record.getMessage())


def configure_logging(log_format: LogFormat, level: LogLevel) -> None:
    """Write log lines to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if log_format is LogFormat.JSON else _Utc(_FIELDS))
    if level is not LogLevel.DEBUG:
        handler.addFilter(_OneTraceback())
        handler.addFilter(_RefusedOnce())
    logging.basicConfig(level=level.value.upper(), handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Kopf logs every event and handler, which is useful only for debugging.
    quiet = logging.DEBUG if level is LogLevel.DEBUG else logging.WARNING
    logging.getLogger("kopf").setLevel(quiet)
