"""What is taken for credentials in a Secret."""

import pytest

from atlas_streams_peering.atlas.secrets import read_credentials
from atlas_streams_peering.transport.credentials import (
    ApiKey,
    Credentials,
    IncompleteCredentialsError,
    ServiceAccount,
)

KEY = {"publicApiKey": "public", "privateApiKey": "private"}
ACCOUNT = {"clientId": "id", "clientSecret": "secret"}


@pytest.mark.parametrize(
    ("data", "credentials"),
    [
        (KEY, ApiKey("public", "private")),
        (ACCOUNT, ServiceAccount("id", "secret")),
        (KEY | ACCOUNT, ServiceAccount("id", "secret")),
        (KEY | {"clientId": "id"}, ApiKey("public", "private")),
        (KEY | {"clientId": "id", "clientSecret": " "}, ApiKey("public", "private")),
        (ACCOUNT | {"publicApiKey": "public"}, ServiceAccount("id", "secret")),
        (KEY | {"orgId": "5f3", "username": "x"}, ApiKey("public", "private")),
        ({"publicApiKey": " public\n", "privateApiKey": "\tprivate\r\n"}, ApiKey("public", "private")),
    ],
)
def test_credentials_are_found_in_a_secret(data: dict[str, str], credentials: Credentials) -> None:
    assert read_credentials(data) == credentials


VALUE = "value-0451"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"publicApiKey": VALUE},
        {"privateApiKey": VALUE},
        {"clientId": VALUE},
        {"clientSecret": VALUE},
        {"publicApiKey": VALUE, "clientSecret": VALUE},
        {"publicApiKey": VALUE, "privateApiKey": ""},
        {"clientId": VALUE, "clientSecret": "\n"},
        {"PublicApiKey": VALUE, "PrivateApiKey": VALUE},
    ],
)
def test_incomplete_credentials_say_which_keys_are_wanted_and_no_value(data: dict[str, str]) -> None:
    with pytest.raises(IncompleteCredentialsError) as raised:
        read_credentials(data)

    text = str(raised.value)
    assert all(key in text for key in (*KEY, *ACCOUNT))
    assert VALUE not in text


@pytest.mark.parametrize("key", [*KEY, *ACCOUNT])
@pytest.mark.parametrize("odd", ["\u2013", "\ufeff", "\n", "\x00", "\x7f", "\u00e9"])
def test_a_character_that_cannot_be_sent_is_said_and_not_shown(key: str, odd: str) -> None:
    data = dict(KEY if key in KEY else ACCOUNT)
    data[key] = f"val{odd}ue"

    with pytest.raises(IncompleteCredentialsError, match=key) as raised:
        read_credentials(data)

    assert odd not in str(raised.value)
