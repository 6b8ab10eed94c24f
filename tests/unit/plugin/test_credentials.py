"""Where credentials come from, and that no message shows one."""

import pytest

from atlas_streams_peering.plugin.credentials import Found, from_variables, secret_given, secret_of
from atlas_streams_peering.plugin.exit_codes import ExitCode
from atlas_streams_peering.plugin.failures import Failure
from atlas_streams_peering.polling.poll import SecretKey
from atlas_streams_peering.transport.credentials import ApiKey, ServiceAccount
from atlas_streams_peering.transport.errors import CredentialsInvalid, ProjectNotFound
from unit.kinds.streams_vpc_peering.builders import OTHER_PROJECT, PROJECT
from unit.plugin.builders import body, svp

PUBLIC, PRIVATE = "MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_PRIVATE_API_KEY"
CLIENT, SECRET = "MONGODB_ATLAS_CLIENT_ID", "MONGODB_ATLAS_CLIENT_SECRET"
KEY = {PUBLIC: "ojarafoc", PRIVATE: "hush-hush"}
ACCOUNT = {CLIENT: "mdb_sa_id_1", SECRET: "hush-hush"}


def test_variables_hold_an_api_key() -> None:
    found = from_variables(KEY)

    assert found is not None
    assert found.credentials == ApiKey("ojarafoc", "hush-hush")
    assert found.source == f"the variables {PUBLIC} and {PRIVATE}"


def test_a_service_account_goes_before_an_api_key() -> None:
    found = from_variables({**KEY, **ACCOUNT})

    assert found is not None
    assert found.credentials == ServiceAccount("mdb_sa_id_1", "hush-hush")


def test_a_whole_pair_goes_before_half_of_another() -> None:
    found = from_variables({**KEY, CLIENT: "mdb_sa_id_1"})

    assert found is not None
    assert isinstance(found.credentials, ApiKey)


def test_without_variables_there_is_nothing() -> None:
    assert from_variables({PUBLIC: " ", "HOME": "/"}) is None


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({PUBLIC: "ojarafoc"}, f"{PUBLIC} is set, and {PRIVATE} is not."),
        ({SECRET: "hush-hush"}, f"{SECRET} is set, and {CLIENT} is not."),
        (KEY | {PRIVATE: "hush\x07hush"}, f"{PUBLIC} or {PRIVATE} has a character that no key of Atlas has"),
    ],
)
def test_variables_that_cannot_be_used_are_named_without_their_values(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(Failure) as caught:
        from_variables(given)

    assert str(caught.value).startswith(sentence)
    assert caught.value.code is ExitCode.NO_ACCESS
    assert "hush" not in str(caught.value)


def test_a_secret_is_named_with_or_without_its_namespace() -> None:
    assert secret_given("atlas-api", "team-a") == SecretKey("team-a", "atlas-api")
    assert secret_given("team-b/atlas-api", "team-a") == SecretKey("team-b", "atlas-api")


def test_an_object_of_the_project_names_the_secret_the_own_namespace_first() -> None:
    objects = [
        svp("a", credentialsSecretRef={"name": "other"}, projectId=OTHER_PROJECT),
        body("StreamsAccountDetails", "b", {"projectId": PROJECT, "credentialsSecretRef": {"name": "x"}}, None, "a"),
        svp("c", credentialsSecretRef={"name": "atlas-api"}),
        svp("d"),
    ]

    assert secret_of(objects, PROJECT, prefer="team-a") == SecretKey("team-a", "atlas-api")
    assert secret_of(objects, PROJECT, prefer="elsewhere") == SecretKey("a", "x")
    assert secret_of(objects, "f" * 24, prefer="team-a") is None


def test_what_atlas_says_of_credentials_names_where_they_come_from() -> None:
    found = from_variables(KEY)
    assert found is not None

    with pytest.raises(CredentialsInvalid, match=f"check the variables {PUBLIC} and {PRIVATE}"), found.named():
        raise CredentialsInvalid("Atlas does not accept the credentials; check the Secret.")
    with pytest.raises(ProjectNotFound, match="check the ID of the project"), found.named():
        raise ProjectNotFound("Atlas knows no project; check spec.projectId.")


def test_credentials_do_not_show_where_they_are_printed() -> None:
    assert "hush" not in repr(Found(ApiKey("ojarafoc", "hush-hush"), "Secret a/b"))
