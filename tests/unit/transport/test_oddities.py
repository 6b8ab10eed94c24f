"""How a value of a Secret looks wrong."""

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas_streams_peering.transport.oddities import oddity, tidied

RIGHT = [
    "ojarafoc",
    "1ecf4c70-98ea-4168-8e44-fd67dba0f3ba",
    "mdb_sa_id_0123456789abcdef01234567",
    "mdb_sa_sk_Zx9-aB_c0123456789abcdefghijklmnopqrstu",
    "ABCDEFGHIJKLMNOP",
    "cflt" + base64.b64encode(bytes(range(120, 168))).decode()[:60],
    "",
]

# What a person wrote, how it looks
WRONG = [
    ('"1ecf4c70-98ea-4168"', "is in quotes"),
    ("'ojarafoc'", "is in quotes"),
    ("`ojarafoc`", "is in quotes"),
    ("\u201cojarafoc\u201d", "is in quotes"),
    ('"', "is in quotes"),
    ('ojarafoc"', "has a quotation mark at one end"),
    ("'ojarafoc", "has a quotation mark at one end"),
    ("oja rafoc", "has white space inside"),
    ("ojarafoc\nojarafoc", "has white space inside"),
    ("<your public key>", "looks like a placeholder"),
    ("${ATLAS_PUBLIC_KEY}", "looks like a placeholder"),
    ("{{ .Values.publicKey }}", "looks like a placeholder"),
    (base64.b64encode(b"ojarafoc").decode(), "looks base64-encoded twice"),
    (base64.b64encode(b"ojarafoc\n").decode(), "looks base64-encoded twice"),
    (base64.b64encode(b"1ecf4c70-98ea-4168-8e44-fd67dba0f3ba").decode(), "looks base64-encoded twice"),
    (base64.b64encode(b"mdb_sa_id_0123456789abcdef01234567").decode(), "looks base64-encoded twice"),
]


@pytest.mark.parametrize("value", RIGHT)
def test_a_key_of_a_service_looks_right(value: str) -> None:
    assert oddity(value) is None


@pytest.mark.parametrize(("value", "looks"), WRONG)
def test_a_slip_is_said(value: str, looks: str) -> None:
    assert oddity(value) == looks


@given(st.text(string.ascii_lowercase, min_size=8, max_size=8))
def test_no_public_key_looks_wrong(key: str) -> None:
    assert oddity(key) is None


@given(st.uuids())
def test_no_private_key_looks_wrong_and_each_looks_encoded_when_it_is(key: object) -> None:
    assert oddity(str(key)) is None
    assert oddity(base64.b64encode(str(key).encode()).decode()) == "looks base64-encoded twice"


@pytest.mark.parametrize("around", ["", " ", "\n", "\r\n", "\t", "\ufeff", "\ufeff ", "\u00a0", "\r\n\r\n"])
def test_what_editors_and_shells_add_goes(around: str) -> None:
    assert tidied(f"{around}key{around}") == "key"
    assert tidied(f"\ufeffkey{around}") == "key"
