"""What is taken for credentials in a Secret."""

import pytest

from atlas_streams_peering.confluent.secrets import CONFLUENT_SECRET
from atlas_streams_peering.transport.credentials import BasicKey, IncompleteCredentialsError

DATA = {"apiKey": "ABCDEFGH01234567", "apiSecret": "secret:+/0451"}


@pytest.mark.parametrize(
    "data", [DATA, DATA | {"owner": "sa-1"}, {"apiKey": " ABCDEFGH01234567\n", "apiSecret": "\tsecret:+/0451\r\n"}]
)
def test_credentials_are_found_in_a_secret(data: dict[str, str]) -> None:
    assert CONFLUENT_SECRET.parse(data) == BasicKey(DATA["apiKey"], DATA["apiSecret"])


VALUE = "value-0451"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"apiKey": VALUE},
        {"apiSecret": VALUE},
        {"apiKey": VALUE, "apiSecret": " \n"},
        {"apikey": VALUE, "apisecret": VALUE},
        {"publicApiKey": VALUE, "privateApiKey": VALUE},
    ],
)
def test_incomplete_credentials_say_which_keys_are_wanted_and_no_value(data: dict[str, str]) -> None:
    with pytest.raises(IncompleteCredentialsError, match=r"^needs the keys apiKey and apiSecret$"):
        CONFLUENT_SECRET.parse(data)


def test_the_keys_are_named_in_words() -> None:
    assert CONFLUENT_SECRET.keys == "apiKey and apiSecret"


@pytest.mark.parametrize("key", DATA)
@pytest.mark.parametrize("odd", ["\u2013", "\ufeff", "\n", "\x00", "\x7f", "\u00e9"])
def test_a_character_that_cannot_be_sent_is_said_and_not_shown(key: str, odd: str) -> None:
    with pytest.raises(IncompleteCredentialsError, match=f"in {key} ") as raised:
        CONFLUENT_SECRET.parse(DATA | {key: f"val{odd}ue"})

    assert odd not in str(raised.value)


def test_a_colon_in_the_name_of_the_key_would_end_it() -> None:
    with pytest.raises(IncompleteCredentialsError, match="in apiKey "):
        CONFLUENT_SECRET.parse(DATA | {"apiKey": "key:0451"})
