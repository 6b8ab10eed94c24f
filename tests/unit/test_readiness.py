"""An operator that serves nobody is not ready."""

from atlas_streams_peering.runtime import Operator
from atlas_streams_peering.settings import Settings
from unit.controller.api_server import ApiServer


async def test_an_operator_that_can_list_none_of_its_namespaces_is_not_ready() -> None:
    async with ApiServer() as server:
        api = server.api()
        operator = Operator(Settings(watch_namespaces=("a", "b")), api)
        assert operator.unready() == "the objects are not listed yet"
        operator._loaded = True
        for stream, resync in operator._resyncs.items():
            resync.began()
            assert operator.unready() != "the operator can list none of the namespaces that it is told to watch"
            assert stream.namespace is not None
            operator._store.namespaces.refused(stream.namespace, resync.kind.resource.kind, "forbidden")

        assert operator.unready() == "the operator can list none of the namespaces that it is told to watch"
        for kind in {resync.kind.resource.kind for resync in operator._resyncs.values()}:
            operator._store.namespaces.listed("a", kind)
        assert operator.unready() is None
        await api.close()
