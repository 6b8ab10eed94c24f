"""Credentials identify themselves, and do not show their secrets."""

import pytest

from atlas_streams_peering.transport.credentials import ApiKey, BasicKey, Credentials, ServiceAccount


@pytest.mark.parametrize(
    "credentials", [ApiKey("public", "hushed"), ServiceAccount("id", "hushed"), BasicKey("key", "hushed")]
)
def test_credentials_do_not_show_their_secret(credentials: Credentials) -> None:
    assert "hushed" not in repr(credentials) + str(credentials) + f"{credentials}" + credentials.fingerprint


def test_different_credentials_have_different_fingerprints() -> None:
    different: list[Credentials] = [
        ApiKey("a", "b"),
        ApiKey("a", "c"),
        ApiKey("b", "b"),
        ApiKey("ab", ""),
        ServiceAccount("a", "b"),
        BasicKey("a", "b"),
    ]

    assert len({credentials.fingerprint for credentials in different}) == len(different)


def test_the_same_credentials_have_the_same_fingerprint() -> None:
    assert ApiKey("a", "b").fingerprint == ApiKey("a", "b").fingerprint
