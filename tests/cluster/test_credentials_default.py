"""The operator's own credentials, for objects that name none, in the namespaces that may use them."""

from collections.abc import Callable

import pytest

from atlas_simulator import SimulatorThread
from atlas_streams_peering.atlas.secrets import ATLAS_SECRET
from atlas_streams_peering.controller.credentials import CredentialsMissing, CredentialStore
from atlas_streams_peering.controller.default_credentials import DefaultCredentials
from atlas_streams_peering.kube.api import KubernetesApi
from atlas_streams_peering.polling.poll import SecretKey
from cluster.conftest import StartOperator
from cluster.namespace import Namespace, peering, vpc

MakeNamespace = Callable[[str], Namespace]


@pytest.fixture(scope="module")
def allowed(make_namespace: MakeNamespace) -> Namespace:
    return make_namespace("allowed")


@pytest.fixture(scope="module")
def others(make_namespace: MakeNamespace) -> Namespace:
    return make_namespace("others")


@pytest.fixture(scope="module", autouse=True)
def operator(namespace: Namespace, allowed: Namespace, others: Namespace, start_operator: StartOperator) -> None:
    start_operator(
        namespace,
        allowed,
        others,
        DEFAULT_CREDENTIALS_SECRET=f"{namespace.name}/atlas-api",
        DEFAULT_CREDENTIALS_NAMESPACES=f"{allowed.name},elsewhere",
    )


def test_an_object_of_an_allowed_namespace_uses_them(allowed: Namespace, simulator: SimulatorThread) -> None:
    allowed.apply(peering("orders", secret=None, vpc=vpc(1)))
    allowed.wait_for_reason("orders", "WaitingForRequest")


@pytest.mark.parametrize("place", ["others", "namespace"])
def test_an_object_of_any_other_namespace_is_told_to_name_a_secret(place: str, request: pytest.FixtureRequest) -> None:
    elsewhere: Namespace = request.getfixturevalue(place)
    elsewhere.apply(peering("payments", secret=None, vpc=vpc(2)))

    elsewhere.wait_for_reason("payments", "CredentialsMissing")

    message = elsewhere.condition("payments")["message"]
    assert message.startswith("Set spec.credentialsSecretRef: ")
    assert f"namespace {elsewhere.name}" in message


def test_a_secret_of_its_own_goes_before_them(allowed: Namespace) -> None:
    allowed.apply(peering("named", secret="atlas-api", vpc=vpc(3)))
    allowed.wait_for_reason("named", "CredentialsMissing")
    assert f"Secret {allowed.name}/atlas-api does not exist" in allowed.condition("named")["message"]


def test_a_reference_cannot_be_a_path_into_another_namespace(others: Namespace, namespace: Namespace) -> None:
    answer = others.refused(peering("thief", secret=f"../../{namespace.name}/secrets/atlas-api", vpc=vpc(4)))
    assert "name must be the name of an object" in answer


@pytest.mark.may_be_denied("it requests Secrets that it may not read")
@pytest.mark.parametrize(
    "path",
    [
        "../../{}/secrets/atlas-api",
        "x/../../../{}/secrets/atlas-api",
        "%2e%2e/%2e%2e/{}/secrets/atlas-api",
        "..%2f..%2f{}/secrets/atlas-api",
        "../../{}/secrets/atlas-api?x=",
        "..",
        ".",
        "",
    ],
)
async def test_not_even_a_path_that_had_got_past_the_api_server_would_be_followed(
    api: KubernetesApi, others: Namespace, namespace: Namespace, path: str
) -> None:
    store = CredentialStore(api, {"atlas": ATLAS_SECRET}, DefaultCredentials(), max_age=0)
    with pytest.raises(CredentialsMissing):
        await store.read(SecretKey(others.name, path.format(namespace.name)))
