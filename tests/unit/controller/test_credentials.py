"""Credentials out of Secrets, over HTTP."""

import asyncio
import base64
import logging

import pytest

from atlas_streams_peering.atlas.secrets import ATLAS_SECRET
from atlas_streams_peering.controller.credentials import CredentialsMissing, CredentialStore
from atlas_streams_peering.controller.default_credentials import DefaultCredentials
from atlas_streams_peering.kube.api import KubernetesApi, KubernetesError
from atlas_streams_peering.polling.poll import SecretKey
from atlas_streams_peering.scheduling.clock import Clock as TwoClocks
from atlas_streams_peering.transport.credentials import ApiKey, ServiceAccount
from unit.clock import Clock
from unit.controller.api_server import ApiServer

SECRET = SecretKey("here", "atlas-api")
PATH = "/api/v1/namespaces/here/secrets/atlas-api"
KEY = ApiKey("public", "private-0451")
ROTATED = ApiKey("public", "private-1540")
WANTED = ("publicApiKey", "privateApiKey", "clientId", "clientSecret")
MAX_AGE = 9.0
FORMATS = {"atlas": ATLAS_SECRET}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(api: KubernetesApi, clock: Clock) -> CredentialStore:
    return CredentialStore(api, FORMATS, DefaultCredentials(), max_age=MAX_AGE, clock=TwoClocks(monotonic=clock))


def encoded(**values: str | bytes) -> dict[str, str]:
    raw = {key: value.encode() if isinstance(value, str) else value for key, value in values.items()}
    return {key: base64.b64encode(value).decode() for key, value in raw.items()}


def hold(server: ApiServer, credentials: ApiKey = KEY) -> None:
    """Let the Secret hold this API key."""
    data = encoded(publicApiKey=credentials.public_key, privateApiKey=credentials.private_key)
    server.put(PATH, {"data": data})


async def test_an_api_key_is_read(server: ApiServer, store: CredentialStore) -> None:
    hold(server)

    assert await store.read(SECRET) == KEY


async def test_a_service_account_is_read(server: ApiServer, store: CredentialStore) -> None:
    server.put(PATH, {"data": encoded(clientId="id", clientSecret="secret", orgId="5f3")})

    assert await store.read(SECRET) == ServiceAccount("id", "secret")


@pytest.mark.parametrize(
    "around", [b"\n", b"\r\n", b" ", b"\xef\xbb\xbf"], ids=["line feed", "CRLF", "space", "byte order mark"]
)
async def test_what_editors_and_shells_add_is_no_part_of_a_key(
    server: ApiServer, store: CredentialStore, around: bytes
) -> None:
    server.put(
        PATH, {"data": encoded(publicApiKey=around + b"public" + around, privateApiKey=b"private-0451" + around)}
    )

    assert await store.read(SECRET) == KEY
    assert store.oddities(SECRET) == ""


async def test_values_that_look_wrong_are_named_and_used_as_they_are(server: ApiServer, store: CredentialStore) -> None:
    twice = base64.b64encode(b"private-0451").decode()
    server.put(PATH, {"data": encoded(publicApiKey='"public"', privateApiKey=twice, orgId="'5f3'", other=b"\xff")})

    assert await store.read(SECRET) == ApiKey('"public"', twice)
    assert store.oddities(SECRET) == (
        "the value of publicApiKey is in quotes, and the value of privateApiKey looks base64-encoded twice"
    )


async def test_what_looks_wrong_goes_with_the_value(server: ApiServer, store: CredentialStore) -> None:
    server.put(PATH, {"data": encoded(publicApiKey='"public"', privateApiKey="private")})
    await store.read(SECRET)

    hold(server)
    await store.read(SECRET, at_once=True)

    assert store.oddities(SECRET) == ""


@pytest.mark.parametrize("value", ["private".encode("utf-16"), b"\xff\xfe", b"priv\xe4te", b"private\x00"])
async def test_a_value_that_is_no_text_is_named(server: ApiServer, store: CredentialStore, value: bytes) -> None:
    server.put(PATH, {"data": encoded(publicApiKey="public", privateApiKey=value)})

    with pytest.raises(CredentialsMissing, match=r"has a character in privateApiKey that no key of Atlas has"):
        await store.read(SECRET)


async def test_secrets_are_read_by_name_only(server: ApiServer, store: CredentialStore) -> None:
    hold(server)

    await store.read(SECRET)

    assert [(request.method, request.path) for request in server.requests] == [("GET", PATH)]


async def test_a_secret_is_read_again_when_it_is_too_old(
    server: ApiServer, store: CredentialStore, clock: Clock
) -> None:
    hold(server)
    await store.read(SECRET)
    clock.now += MAX_AGE / 2
    await store.read(SECRET)
    assert len(server.requests) == 1

    clock.now += MAX_AGE
    await store.read(SECRET)
    assert len(server.requests) == 2


async def test_a_secret_may_be_read_at_once(server: ApiServer, store: CredentialStore, clock: Clock) -> None:
    hold(server)
    await store.read(SECRET)
    hold(server, ROTATED)
    clock.now += 0.1

    assert await store.read(SECRET) == KEY
    assert await store.read(SECRET, at_once=True) == ROTATED


async def test_many_readers_make_one_request(server: ApiServer, store: CredentialStore) -> None:
    hold(server)

    assert await asyncio.gather(*(store.read(SECRET) for _ in range(50))) == [KEY] * 50

    assert len(server.requests) == 1


async def test_a_rotated_secret_is_noticed(server: ApiServer, store: CredentialStore, clock: Clock) -> None:
    hold(server)
    await store.read(SECRET)
    assert await store.still_current(SECRET, KEY.fingerprint, False)

    hold(server, ROTATED)
    clock.now += MAX_AGE + 1

    assert not await store.still_current(SECRET, KEY.fingerprint, False)
    assert await store.still_current(SECRET, ROTATED.fingerprint, False)
    assert store.by_fingerprint(ROTATED.fingerprint) == ROTATED
    assert store.by_fingerprint(KEY.fingerprint) is None


async def test_a_missing_secret_is_named_with_the_keys_it_needs(server: ApiServer, store: CredentialStore) -> None:
    with pytest.raises(CredentialsMissing) as raised:
        await store.read(SECRET)

    assert all(word in str(raised.value) for word in ("here/atlas-api", "does not exist", *WANTED))


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        encoded(publicApiKey="public"),
        encoded(publicApiKey="public", privateApiKey=""),
        {"publicApiKey": "no base64!", "privateApiKey": "no base64!"},
        {"publicApiKey": None, "privateApiKey": None},
    ],
)
async def test_an_incomplete_secret_is_named_with_the_keys_it_needs(
    server: ApiServer, store: CredentialStore, data: dict[str, str] | None
) -> None:
    server.put(PATH, {"data": data})

    with pytest.raises(CredentialsMissing) as raised:
        await store.read(SECRET)

    assert all(word in str(raised.value) for word in ("here/atlas-api", *WANTED))


async def test_a_secret_that_may_not_be_read_says_so(server: ApiServer, store: CredentialStore) -> None:
    server.fail("GET", status=403)

    with pytest.raises(CredentialsMissing, match="may not read Secret here/atlas-api"):
        await store.read(SECRET)


async def test_a_refusal_is_believed_when_it_comes_twice_since_a_starting_api_server_knows_no_roles(
    server: ApiServer, store: CredentialStore, clock: Clock
) -> None:
    hold(server)
    assert await store.read(SECRET) == KEY
    server.fail("GET", status=403, times=2)
    clock.now += MAX_AGE + 1
    assert await store.read(SECRET) == KEY, "once: it may be about to know them"
    assert await store.read(SECRET) == KEY, "it is not asked again before its time"

    clock.now += MAX_AGE + 1
    with pytest.raises(CredentialsMissing, match="may not read Secret here/atlas-api"):
        await store.read(SECRET)


async def test_a_lasting_refusal_is_logged_once(
    server: ApiServer, store: CredentialStore, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """As while the namespace is deleted, which takes the operator's Role along first."""
    hold(server)
    await store.read(SECRET)
    server.fail("GET", status=403, times=5)
    for _ in range(5):
        clock.now += MAX_AGE + 1
        _, cached = await store.read_to_delete(SECRET)

    assert cached
    assert len([line for line in caplog.messages if "could not be read again" in line]) == 1


async def test_refusals_with_a_good_read_between_them_are_not_two_of_a_kind(
    server: ApiServer, store: CredentialStore, clock: Clock
) -> None:
    hold(server)
    for _ in range(3):
        assert await store.read(SECRET) == KEY
        server.fail("GET", status=403)
        clock.now += MAX_AGE + 1
        assert await store.read(SECRET) == KEY
        clock.now += MAX_AGE + 1


async def test_a_secret_that_comes_later_is_found(server: ApiServer, store: CredentialStore, clock: Clock) -> None:
    with pytest.raises(CredentialsMissing):
        await store.read(SECRET)

    hold(server)
    clock.now += MAX_AGE + 1

    assert await store.read(SECRET) == KEY


@pytest.mark.parametrize("status", [500, 503, 429, None])
async def test_an_unreachable_api_server_is_no_missing_secret(
    server: ApiServer, store: CredentialStore, status: int | None
) -> None:
    server.fail("GET", status=status, times=5)

    with pytest.raises(KubernetesError):
        await store.read(SECRET)


async def test_while_the_api_server_is_away_the_last_credentials_serve(
    server: ApiServer, store: CredentialStore, clock: Clock
) -> None:
    hold(server)
    await store.read(SECRET)
    await server.stop()
    clock.now += 10 * MAX_AGE

    assert await store.read(SECRET) == KEY
    assert await store.still_current(SECRET, KEY.fingerprint, True)
    await server.start()


async def test_not_being_able_to_tell_counts_as_current(server: ApiServer, store: CredentialStore) -> None:
    server.fail("GET", status=500)

    assert await store.still_current(SECRET, KEY.fingerprint, False)


async def test_a_secret_that_is_gone_is_not_current(server: ApiServer, store: CredentialStore) -> None:
    assert not await store.still_current(SECRET, KEY.fingerprint, False)


async def test_a_deletion_may_use_what_was_last_read(server: ApiServer, store: CredentialStore, clock: Clock) -> None:
    hold(server)
    await store.read(SECRET)
    server.remove(PATH)
    clock.now += MAX_AGE + 1

    with pytest.raises(CredentialsMissing):
        await store.read(SECRET)
    assert await store.read_to_delete(SECRET) == (KEY, True)
    assert store.by_fingerprint(KEY.fingerprint) == KEY


async def test_a_deletion_also_survives_a_secret_emptied(
    server: ApiServer, store: CredentialStore, clock: Clock
) -> None:
    hold(server)
    await store.read(SECRET)
    server.put(PATH, {"data": {}})
    clock.now += MAX_AGE + 1

    assert await store.read_to_delete(SECRET) == (KEY, True)


async def test_a_deletion_prefers_what_the_secret_holds(server: ApiServer, store: CredentialStore) -> None:
    hold(server)

    assert await store.read_to_delete(SECRET) == (KEY, False)


async def test_a_deletion_without_any_credentials_says_what_is_missing(store: CredentialStore) -> None:
    with pytest.raises(CredentialsMissing, match="here/atlas-api"):
        await store.read_to_delete(SECRET)


OPERATORS = SecretKey("operator", "shared")


@pytest.mark.parametrize(
    ("namespaces", "allowed"),
    [((), False), (("there",), False), (("here", "there"), True), (("*",), True)],
)
async def test_default_credentials_serve_the_namespaces_they_are_for(
    api: KubernetesApi, namespaces: tuple[str, ...], allowed: bool
) -> None:
    store = CredentialStore(api, FORMATS, DefaultCredentials(OPERATORS, namespaces), max_age=MAX_AGE)

    if allowed:
        assert store.secret_for("atlas", "here", None) == OPERATORS
    else:
        with pytest.raises(CredentialsMissing, match=r"credentialsSecretRef.*namespace here"):
            store.secret_for("atlas", "here", None)


async def test_without_default_credentials_an_object_must_name_its_own(store: CredentialStore) -> None:
    assert store.secret_for("atlas", "here", "atlas-api") == SECRET
    with pytest.raises(CredentialsMissing, match="credentialsSecretRef"):
        store.secret_for("atlas", "here", None)


async def test_an_object_with_a_reference_never_gets_the_default(api: KubernetesApi) -> None:
    store = CredentialStore(api, FORMATS, DefaultCredentials(OPERATORS, ("*",)), max_age=MAX_AGE)

    assert store.secret_for("atlas", "here", "atlas-api") == SECRET


async def test_an_object_of_another_service_never_gets_the_default(api: KubernetesApi) -> None:
    store = CredentialStore(api, FORMATS, DefaultCredentials(OPERATORS, ("*",)), max_age=MAX_AGE)

    with pytest.raises(CredentialsMissing, match="credentialsSecretRef"):
        store.secret_for("confluent", "here", None)
    assert store.secret_for("confluent", "here", "confluent-api") == SecretKey("here", "confluent-api", "confluent")


async def test_no_log_shows_what_a_secret_holds(
    server: ApiServer, store: CredentialStore, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hold(server)
    await store.read(SECRET)
    hold(server, ROTATED)
    clock.now += MAX_AGE + 1
    await store.read(SECRET)
    clock.now += MAX_AGE + 1
    server.fail("GET", status=500)
    await store.read(SECRET)

    assert "new credentials" in caplog.text
    assert "could not be read again" in caplog.text
    for secret in (KEY.private_key, ROTATED.private_key):
        assert secret not in caplog.text
        assert base64.b64encode(secret.encode()).decode() not in caplog.text
