"""Every name of the configuration: its default, its variable, and what it refuses."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from atlas_streams_peering.polling.poll import SecretKey
from atlas_streams_peering.settings import LogFormat, LogLevel, Settings, explain

Refusal = Callable[[str, str], str]

DEFAULTS: dict[str, Any] = {
    "ATLAS_BASE_URL": "https://cloud.mongodb.com",
    "CONFLUENT_BASE_URL": "https://api.confluent.cloud",
    "WATCH_NAMESPACES": (),
    "POLL_INTERVAL_PENDING": 10,
    "POLL_INTERVAL_STEADY": 120,
    "DEFAULT_CREDENTIALS_SECRET": "",
    "DEFAULT_CREDENTIALS_NAMESPACES": (),
    "LOG_FORMAT": LogFormat.TEXT,
    "LOG_LEVEL": LogLevel.INFO,
    "METRICS_PORT": 8080,
    "HEALTH_PORT": 8081,
    "LEADER_ELECT": False,
    "POLICIES": True,
    "LEASE_NAME": "atlas-streams-peering",
    "ALLOW_PLAIN_HTTP": False,
}

RIGHT = [
    ("ATLAS_BASE_URL", "https://cloud.mongodbgov.com", "https://cloud.mongodbgov.com"),
    ("ATLAS_BASE_URL", "https://proxy.example:8443/atlas", "https://proxy.example:8443/atlas"),
    ("ATLAS_BASE_URL", "http://localhost:8080", "http://localhost:8080"),
    ("ATLAS_BASE_URL", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ("ATLAS_BASE_URL", "http://127.1.2.3", "http://127.1.2.3"),
    ("ATLAS_BASE_URL", "http://[::1]:8080", "http://[::1]:8080"),
    ("ATLAS_BASE_URL", "https://cloud.mongodb.com/", "https://cloud.mongodb.com"),
    ("ATLAS_BASE_URL", "https://cloud.mongodb.com//", "https://cloud.mongodb.com"),
    ("ATLAS_BASE_URL", "https://cloud.mongodb.com/api/atlas/v2", "https://cloud.mongodb.com"),
    ("ATLAS_BASE_URL", "https://cloud.mongodb.com/api/atlas/v2/", "https://cloud.mongodb.com"),
    ("ATLAS_BASE_URL", "https://proxy.example/atlas/api/atlas/v2", "https://proxy.example/atlas"),
    ("ATLAS_BASE_URL", "https://proxy.example/api", "https://proxy.example/api"),
    ("CONFLUENT_BASE_URL", "https://confluent.example", "https://confluent.example"),
    ("CONFLUENT_BASE_URL", "https://confluent.example/networking/v1/", "https://confluent.example"),
    ("WATCH_NAMESPACES", "team-a", ("team-a",)),
    ("WATCH_NAMESPACES", " team-a , team-b,", ("team-a", "team-b")),
    ("WATCH_NAMESPACES", "", ()),
    ("WATCH_NAMESPACES", " ", ()),
    ("POLL_INTERVAL_PENDING", "1", 1),
    ("POLL_INTERVAL_PENDING", "2.5", 2.5),
    ("POLL_INTERVAL_STEADY", "1", 1),
    ("POLL_INTERVAL_STEADY", "3600", 3600),
    ("DEFAULT_CREDENTIALS_SECRET", "operators/atlas-api", "operators/atlas-api"),
    ("DEFAULT_CREDENTIALS_SECRET", "", ""),
    ("DEFAULT_CREDENTIALS_NAMESPACES", "*", ("*",)),
    ("DEFAULT_CREDENTIALS_NAMESPACES", "team-a,team-b", ("team-a", "team-b")),
    ("LOG_FORMAT", "json", LogFormat.JSON),
    ("LOG_FORMAT", "JSON", LogFormat.JSON),
    ("LOG_LEVEL", "debug", LogLevel.DEBUG),
    ("LOG_LEVEL", "Warning", LogLevel.WARNING),
    ("LOG_LEVEL", " info ", LogLevel.INFO),
    ("METRICS_PORT", "0", 0),
    ("METRICS_PORT", "65535", 65535),
    ("HEALTH_PORT", "18081", 18081),
    ("LEADER_ELECT", "true", True),
    ("LEADER_ELECT", "false", False),
    ("LEASE_NAME", "team-a.peering", "team-a.peering"),
    ("ALLOW_PLAIN_HTTP", "true", True),
]

WRONG = [
    ("ATLAS_BASE_URL", ""),
    ("ATLAS_BASE_URL", "cloud.mongodb.com"),
    ("ATLAS_BASE_URL", "ftp://cloud.mongodb.com"),
    ("ATLAS_BASE_URL", "https://"),
    ("ATLAS_BASE_URL", "https://cloud.mongodb.com?key=value"),
    ("ATLAS_BASE_URL", "https://cloud.mongodb.com#part"),
    ("ATLAS_BASE_URL", "https://cloud.mongodb.com:port"),
    ("ATLAS_BASE_URL", "https://cloud.mongodb.com:99999"),
    ("ATLAS_BASE_URL", "https://@cloud.mongodb.com"),
    ("ATLAS_BASE_URL", "https://cloud mongodb.com"),
    ("ATLAS_BASE_URL", "https://cloud.mongodb.com\n"),
    ("ATLAS_BASE_URL", "https://[::1"),
    ("ATLAS_BASE_URL", "https://cloud.mongodb.com/api/atlas"),
    ("ATLAS_BASE_URL", "https://cloud.mongodb.com/api/atlas/v1.0/"),
    ("ATLAS_BASE_URL", "https://cloud.mongodb.com/api/atlas/v2/groups"),
    ("ATLAS_BASE_URL", "https://cloud.mongodb.com/api/public/v1.0"),
    ("ATLAS_BASE_URL", "https://cloud.mongodb.com/v2#/org"),
    ("ATLAS_BASE_URL", "http://cloud.mongodb.com"),
    ("ATLAS_BASE_URL", "http://localhost.example.com"),
    ("ATLAS_BASE_URL", "http://128.0.0.1"),
    ("ATLAS_BASE_URL", "http://0.0.0.0"),
    ("CONFLUENT_BASE_URL", "http://api.confluent.cloud"),
    ("CONFLUENT_BASE_URL", "https://api.confluent.cloud/networking/v1/networks"),
    ("CONFLUENT_BASE_URL", "https://api.confluent.cloud/networking"),
    ("CONFLUENT_BASE_URL", "https://key:secret@api.confluent.cloud"),
    ("WATCH_NAMESPACES", "Team_A"),
    ("WATCH_NAMESPACES", "team-a team-b"),
    ("WATCH_NAMESPACES", "team-*"),
    ("WATCH_NAMESPACES", "*"),
    ("POLL_INTERVAL_PENDING", "0"),
    ("POLL_INTERVAL_PENDING", "0.9"),
    ("POLL_INTERVAL_PENDING", "-1"),
    ("POLL_INTERVAL_PENDING", "10s"),
    ("POLL_INTERVAL_PENDING", "nan"),
    ("POLL_INTERVAL_PENDING", "inf"),
    ("POLL_INTERVAL_STEADY", "0"),
    ("POLL_INTERVAL_STEADY", ""),
    ("DEFAULT_CREDENTIALS_NAMESPACES", "team-*"),
    ("DEFAULT_CREDENTIALS_SECRET", "atlas-api"),
    ("DEFAULT_CREDENTIALS_SECRET", "a/b/c"),
    ("DEFAULT_CREDENTIALS_SECRET", "/atlas-api"),
    ("DEFAULT_CREDENTIALS_SECRET", "operators/"),
    ("DEFAULT_CREDENTIALS_SECRET", "operators/atlas api"),
    ("LOG_FORMAT", "xml"),
    ("LOG_LEVEL", "loud"),
    ("METRICS_PORT", "65536"),
    ("METRICS_PORT", "8081"),  # that of the probes
    ("METRICS_PORT", "-1"),
    ("METRICS_PORT", "http"),
    ("HEALTH_PORT", "8081.5"),
    ("LEADER_ELECT", "maybe"),
    ("LEASE_NAME", ""),
    ("LEASE_NAME", "Team A"),
    ("LEASE_NAME", "a/b"),
    ("ALLOW_PLAIN_HTTP", "perhaps"),
]

WITH_A_PASSWORD = [
    "https://user:hunter2@cloud.mongodb.com",
    "https://hunter2@cloud.mongodb.com",
    "http://user:hunter2@localhost",
    "https://user:hunter2\u2100@cloud.mongodb.com",
    "https://user:hunter2@cloud.mongodb.com:port",
    "https://user:hunter2@[::1",
    "user:hunter2@cloud.mongodb.com",
    "https://:hunter2@cloud.mongodb.com?a=b",
]


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in DEFAULTS:
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def refusal(monkeypatch: pytest.MonkeyPatch) -> Refusal:
    """What is said of a wrong value of a variable."""

    def refuse(variable: str, value: str) -> str:
        monkeypatch.setenv(variable, value)
        with pytest.raises(ValidationError) as error:
            Settings()
        return explain(error.value)

    return refuse


def test_the_names_are_those_of_the_contract() -> None:
    assert {name.upper() for name in Settings.model_fields} == DEFAULTS.keys()


@pytest.mark.parametrize(("variable", "default"), DEFAULTS.items())
def test_defaults(variable: str, default: Any) -> None:
    assert getattr(Settings(), variable.lower()) == default


@pytest.mark.parametrize(("variable", "text", "value"), RIGHT)
def test_a_variable_is_read(monkeypatch: pytest.MonkeyPatch, variable: str, text: str, value: Any) -> None:
    monkeypatch.setenv(variable, text)
    assert getattr(Settings(), variable.lower()) == value


@pytest.mark.parametrize(("variable", "value"), WRONG)
def test_a_wrong_value_is_refused_in_one_line_that_names_it(refusal: Refusal, variable: str, value: str) -> None:
    said = refusal(variable, value)
    assert said.startswith(variable)
    assert said.splitlines() == [said]


@pytest.mark.parametrize("value", WITH_A_PASSWORD)
@pytest.mark.parametrize("variable", ["ATLAS_BASE_URL", "CONFLUENT_BASE_URL"])
def test_a_password_is_neither_taken_nor_repeated(refusal: Refusal, variable: str, value: str) -> None:
    said = refusal(variable, value)
    assert said.startswith(variable)
    assert "hunter2" not in said


@pytest.mark.parametrize("variable", DEFAULTS)
def test_no_wrong_value_is_repeated_not_even_by_the_exception(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "Hunter 2")
    with pytest.raises(ValidationError) as error:
        Settings()
    assert "Hunter 2" not in explain(error.value) + str(error.value)


def test_every_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch, refusal: Refusal) -> None:
    monkeypatch.setenv("METRICS_PORT", "http")
    said = refusal("LOG_LEVEL", "loud")
    assert "LOG_LEVEL" in said
    assert "METRICS_PORT" in said


@pytest.mark.parametrize("variable", ["ATLAS_BASE_URL", "CONFLUENT_BASE_URL"])
class TestPlainHttp:
    def test_it_is_refused_with_the_way_to_allow_it(self, refusal: Refusal, variable: str) -> None:
        assert "ALLOW_PLAIN_HTTP" in refusal(variable, "http://atlas.example")

    def test_it_is_taken_where_that_is_allowed(self, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
        monkeypatch.setenv("ALLOW_PLAIN_HTTP", "true")
        monkeypatch.setenv(variable, "http://atlas.example")
        assert getattr(Settings(), variable.lower()) == "http://atlas.example"

    def test_a_password_is_refused_all_the_same(
        self, monkeypatch: pytest.MonkeyPatch, refusal: Refusal, variable: str
    ) -> None:
        monkeypatch.setenv("ALLOW_PLAIN_HTTP", "true")
        assert "hunter2" not in refusal(variable, "http://user:hunter2@atlas.example")


@pytest.mark.parametrize(
    ("namespaces", "allowed", "denied"),
    [("", (), ("team-a",)), ("team-a", ("team-a",), ("team-b",)), ("*", ("team-a", "team-b"), ())],
)
def test_the_default_credentials_serve_the_namespaces_that_are_listed(
    monkeypatch: pytest.MonkeyPatch, namespaces: str, allowed: tuple[str, ...], denied: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DEFAULT_CREDENTIALS_SECRET", "operators/atlas-api")
    monkeypatch.setenv("DEFAULT_CREDENTIALS_NAMESPACES", namespaces)
    credentials = Settings().default_credentials
    assert {credentials.for_namespace(name) for name in allowed} <= {SecretKey("operators", "atlas-api")}
    assert {credentials.for_namespace(name) for name in denied} <= {None}


def test_without_a_secret_there_are_no_default_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_CREDENTIALS_NAMESPACES", "*")
    assert Settings().default_credentials.for_namespace("team-a") is None
