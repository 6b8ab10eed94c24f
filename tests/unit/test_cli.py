from importlib.metadata import version
from pathlib import Path

import pytest

from atlas_streams_peering.cli import main
from atlas_streams_peering.settings import Settings

FLAGS = {
    "--atlas-base-url": "ATLAS_BASE_URL",
    "--confluent-base-url": "CONFLUENT_BASE_URL",
    "--watch-namespaces": "WATCH_NAMESPACES",
    "--poll-interval-pending": "POLL_INTERVAL_PENDING",
    "--poll-interval-steady": "POLL_INTERVAL_STEADY",
    "--default-credentials-secret": "DEFAULT_CREDENTIALS_SECRET",
    "--default-credentials-namespaces": "DEFAULT_CREDENTIALS_NAMESPACES",
    "--log-format": "LOG_FORMAT",
    "--log-level": "LOG_LEVEL",
    "--metrics-port": "METRICS_PORT",
    "--health-port": "HEALTH_PORT",
    "--leader-elect": "LEADER_ELECT",
    "--policies": "POLICIES",
    "--lease-name": "LEASE_NAME",
    "--allow-plain-http": "ALLOW_PLAIN_HTTP",
}
RIGHT = {
    "--atlas-base-url": "https://atlas.example",
    "--confluent-base-url": "https://confluent.example",
    "--watch-namespaces": "team-a",
    "--poll-interval-pending": "1",
    "--poll-interval-steady": "1",
    "--default-credentials-secret": "operators/atlas-api",
    "--default-credentials-namespaces": "*",
    "--log-format": "json",
    "--log-level": "debug",
    "--metrics-port": "0",
    "--health-port": "0",
    "--leader-elect": "true",
    "--lease-name": "peering",
    "--policies": "false",
    "--allow-plain-http": "true",
}
NETWORK = (
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)
WRONG = "Not Right"
EVERY_FLAG = pytest.mark.parametrize(("flag", "variable"), FLAGS.items())

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (*FLAGS.values(), *NETWORK):
        monkeypatch.delenv(variable, raising=False)


def code_of(*arguments: str) -> int | str | None:
    """The exit code of a command line that argparse itself answers."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


def test_version_prints_the_version(capsys: Capture) -> None:
    assert code_of("--version") == 0
    assert capsys.readouterr().out == f"{version('atlas-streams-peering')}\n"


def test_every_setting_has_its_flag() -> None:
    assert set(FLAGS.values()) == {name.upper() for name in Settings.model_fields}


@EVERY_FLAG
def test_help_tells_of_every_flag_and_its_variable(capsys: Capture, flag: str, variable: str) -> None:
    assert code_of("run", "--help") == 0
    out = " ".join(capsys.readouterr().out.split())
    assert f"{flag} " in out
    assert f"[{variable}]" in out


class TestWrongValue:
    @EVERY_FLAG
    def test_of_a_flag_stops_the_start_with_one_line_that_names_it(
        self, capsys: Capture, flag: str, variable: str
    ) -> None:
        assert main(["run", flag, WRONG]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith(f"atlas-streams-peering: {variable} ({flag})")
        assert err.count("\n") == 1
        assert WRONG not in err

    @pytest.mark.parametrize("variable", FLAGS.values())
    def test_of_a_variable_does_the_same(self, capsys: Capture, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
        monkeypatch.setenv(variable, WRONG)
        assert main(["run"]) == 2
        err = capsys.readouterr().err
        assert err.startswith(f"atlas-streams-peering: {variable}")
        assert "--" not in err
        assert err.count("\n") == 1
        assert WRONG not in err

    @EVERY_FLAG
    def test_of_a_variable_does_not_matter_where_the_flag_is_given(
        self, capsys: Capture, monkeypatch: pytest.MonkeyPatch, flag: str, variable: str
    ) -> None:
        other = "--log-level" if flag != "--log-level" else "--log-format"
        monkeypatch.setenv(variable, WRONG)
        assert main(["run", flag, RIGHT[flag], other, WRONG]) == 2
        err = capsys.readouterr().err
        assert variable not in err
        assert FLAGS[other] in err


@pytest.mark.parametrize("flag", ["--leader-elect", "--allow-plain-http"])
def test_a_switch_needs_no_value(capsys: Capture, monkeypatch: pytest.MonkeyPatch, flag: str) -> None:
    monkeypatch.setenv(FLAGS[flag], WRONG)
    assert main(["run", flag, "--log-level", WRONG]) == 2
    assert FLAGS[flag] not in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--atlas-base-url", "--confluent-base-url"])
def test_a_password_in_a_url_is_not_repeated(capsys: Capture, flag: str) -> None:
    assert main(["run", flag, "https://user:hunter2@atlas.example"]) == 2
    assert "hunter2" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("walk",),
        ("run", "--atlas-url", "https://atlas.example"),
        ("run", "--atlas-base", "https://atlas.example"),
        ("run", "extra"),
        ("run", "--metrics-port"),
        ("--watch-namespaces", "team-a", "run"),
    ],
    ids=" ".join,
)
def test_wrong_use_is_refused(capsys: Capture, arguments: tuple[str, ...]) -> None:
    assert code_of(*arguments) == 2
    assert "usage: atlas-streams-peering" in capsys.readouterr().err


@pytest.mark.parametrize(
    "unknown",
    [
        ("--atlas-url", "https://user:hunter2@atlas.example"),
        ("--atlas-url=https://user:hunter2@atlas.example",),
        ("https://user:hunter2@atlas.example",),
    ],
    ids=["apart", "joined", "alone"],
)
def test_the_value_of_an_unknown_flag_is_not_repeated(capsys: Capture, unknown: tuple[str, ...]) -> None:
    assert code_of("run", *unknown) == 2
    assert "hunter2" not in capsys.readouterr().err


@pytest.mark.parametrize("variable", [name for name in NETWORK if name.lower() != "no_proxy"])
def test_a_wrong_variable_of_the_network_stops_the_start_with_one_line_that_names_it(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "socks5://user:hunter2@proxy.example")
    assert main(["run"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"atlas-streams-peering: {variable} ")
    assert err.count("\n") == 1
    assert "hunter2" not in err


def test_without_a_cluster_the_start_fails_and_says_why(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, untouched_logging: None
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/dev/null")
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setenv("ATLAS_BASE_URL", "https://variable.example")
    assert main(["run", "--atlas-base-url", "https://flag.example"]) == 1
    greeting, *_, failure = capsys.readouterr().err.splitlines()
    assert "Atlas at https://flag.example, Confluent Cloud at https://api.confluent.cloud" in greeting
    assert "Cannot connect to the Kubernetes API: the kubeconfig /dev/null is empty; set KUBECONFIG to " in failure
