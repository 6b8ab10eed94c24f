"""Which certificate authorities count, and which values of the variables are refused."""

import ssl
from pathlib import Path

import pytest

from atlas_streams_peering.transport.certificates import tls_context
from atlas_streams_peering.transport.proxy import WrongVariableError

OURS = Path(__file__).with_name("localhost.pem")
CERTIFICATE = OURS.read_text().partition("-----BEGIN PRIVATE")[0]
KEY_ONLY = "-----BEGIN PRIVATE" + OURS.read_text().partition("-----BEGIN PRIVATE")[2]


def authorities(context: ssl.SSLContext) -> int:
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    return len(context.get_ca_certs())


def test_without_variables_the_public_authorities_count() -> None:
    assert authorities(tls_context({})) > 50
    assert authorities(tls_context({"SSL_CERT_FILE": "", "SSL_CERT_DIR": ""})) > 50


def test_a_file_takes_their_place(tmp_path: Path) -> None:
    assert authorities(tls_context({"SSL_CERT_FILE": str(OURS)})) == 1
    assert authorities(tls_context({"SSL_CERT_FILE": str(OURS), "SSL_CERT_DIR": str(tmp_path)})) == 1


@pytest.mark.parametrize("name", ["ca.crt", "bundle.pem", "no-suffix"])
def test_a_directory_needs_no_names_of_openssl(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(CERTIFICATE)
    (tmp_path / "README").write_text("not a certificate")
    (tmp_path / "..data").mkdir()

    assert authorities(tls_context({"SSL_CERT_DIR": str(tmp_path)})) == 1
    assert authorities(tls_context({"SSL_CERT_DIR": f"/absent:{tmp_path}"})) == 1


def test_a_directory_with_names_of_openssl_is_searched_when_needed(tmp_path: Path) -> None:
    (tmp_path / "9d66eef0.0").write_text(CERTIFICATE)

    assert authorities(tls_context({"SSL_CERT_DIR": str(tmp_path)})) == 0


@pytest.mark.parametrize("content", ["", "not a certificate", KEY_ONLY, CERTIFICATE.replace("\n", "")])
def test_what_holds_no_certificate_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "ca.crt"
    path.write_text(content)

    with pytest.raises(WrongVariableError, match=r"^SSL_CERT_FILE .* PEM"):
        tls_context({"SSL_CERT_FILE": str(path)})
    with pytest.raises(WrongVariableError, match=r"^SSL_CERT_DIR .* PEM"):
        tls_context({"SSL_CERT_DIR": str(tmp_path)})


def test_what_is_not_there_is_refused_without_the_value(tmp_path: Path) -> None:
    for path in (tmp_path / "hunter2", tmp_path):
        with pytest.raises(WrongVariableError, match=r"^SSL_CERT_FILE ") as raised:
            tls_context({"SSL_CERT_FILE": str(path)})
        assert "hunter2" not in str(raised.value)
    for directory in (f"{tmp_path / 'hunter2'}", f"{tmp_path}", ":"):
        with pytest.raises(WrongVariableError, match=r"^SSL_CERT_DIR ") as raised:
            tls_context({"SSL_CERT_DIR": directory})
        assert "hunter2" not in str(raised.value)
