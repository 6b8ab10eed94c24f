"""etcd, kube-apiserver and kube-controller-manager as processes of this machine."""

import http.client
import shutil
import signal
import ssl
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urlsplit

from typing_extensions import override

from local_cluster.assets import Assets, fetch
from local_cluster.cluster import Cluster
from local_cluster.errors import LocalClusterError
from local_cluster.kubeconfig import Endpoint, write_kubeconfig
from local_cluster.locks import try_lock
from local_cluster.plan import ADMIN, CONTROLLER_MANAGER, Flags, Plan
from local_cluster.processes import ProcessGroup, Service

READY_TIMEOUT = 60.0
POLL_INTERVAL = 0.05
REQUEST_TIMEOUT = 5.0

Value = TypeVar("Value")


class ControlPlane(Cluster):
    """A real API server with RBAC and garbage collection; it has no nodes, so no pod runs."""

    def __init__(self) -> None:
        super().__init__()
        self._services: dict[str, Service] = {}
        self._undo = ExitStack()
        self._token = ""
        self._plan: Plan | None = None

    @override
    def start(self, directory: Path, *, audit: bool = True) -> Self:
        if self._directory is not None:
            return self
        assets = fetch()
        directory = directory.absolute()
        directory.mkdir(parents=True, exist_ok=True)
        with ExitStack() as undo:
            undo.callback(self._forget)
            undo.callback(self._close_rest)
            lock = try_lock(directory / "lock")
            if lock is None:
                raise LocalClusterError(f"a control plane already runs in {directory}: choose another directory")
            undo.enter_context(lock)
            state = undo.enter_context(tempfile.TemporaryDirectory(prefix="control-plane-"))
            group = undo.enter_context(ProcessGroup())
            self._directory = directory
            self._start_services(assets, Plan(Path(state)), group, undo, audit=audit)
            self._undo = undo.pop_all()
        return self

    @override
    def stop(self) -> None:
        self._undo.close()

    @override
    def check(self) -> None:
        for service in self._services.values():
            service.check()

    @property
    def processes(self) -> Mapping[str, int]:
        """The id of each process, by the name of its program."""
        return {name: service.pid for name, service in self._services.items()}

    def pause(self) -> None:
        """Freeze the API server: it takes connections and answers nothing."""
        self._api_server.send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen API server go on."""
        self._api_server.send(signal.SIGCONT)

    def restart_apiserver(self) -> None:
        """Stop the API server, start it at the same address on the same data, and wait until it serves."""
        self._api_server.restart()
        self._wait_until(lambda: self._serves("/readyz"), self._api_server)

    def back_up(self) -> Path:
        """Return a copy of all that etcd holds. Meanwhile the API server answers nothing."""
        etcd, data = self._services["etcd"], self._data
        backup = Path(tempfile.mkdtemp(prefix="backup-", dir=data.parent)) / "etcd"
        etcd.stop()
        shutil.copytree(data, backup)
        etcd.start()
        self._wait_until(lambda: self._serves("/readyz"), self._api_server)
        return backup

    def restore(self, backup: Path) -> None:
        """Let etcd hold what it held then, and wait until the API server serves that."""
        etcd, data = self._services["etcd"], self._data
        self._api_server.stop()
        etcd.stop()
        shutil.rmtree(data)
        shutil.copytree(backup, data)
        etcd.start()
        self._api_server.start()
        self._wait_until(lambda: self._serves("/readyz"), self._api_server)

    @property
    def _data(self) -> Path:
        if self._plan is None:
            raise LocalClusterError("the cluster is not running: call start() first")
        return self._plan.data

    @property
    def _api_server(self) -> Service:
        self._require_endpoint()
        return self._services["kube-apiserver"]

    def _start_services(self, assets: Assets, plan: Plan, group: ProcessGroup, undo: ExitStack, *, audit: bool) -> None:
        def run(program: Path, flags: Flags) -> Service:
            log = self.directory / f"{program.name}.log"
            log.unlink(missing_ok=True)
            arguments = [f"--{name}={value}" for name, value in flags.items()]
            service = Service(group, [program, *arguments], log)
            undo.callback(service.stop)
            self._services[program.name] = service
            return service

        self._plan = plan
        plan.write_files()
        self.audit_log.unlink(missing_ok=True)
        run(assets.etcd, plan.etcd_flags())
        api_server = run(assets.kube_apiserver, plan.api_server_flags(self.audit_log if audit else None))
        ca = self._wait_until(plan.read_authority, api_server)
        plan.authority.write_text(ca)
        self._endpoint, self._token = Endpoint(plan.server, ca), plan.tokens[ADMIN]
        write_kubeconfig(self.kubeconfig, self._endpoint, self._token)
        self._wait_until(lambda: self._serves("/readyz"), api_server)

        write_kubeconfig(plan.controller_manager_kubeconfig, self._endpoint, plan.tokens[CONTROLLER_MANAGER])
        controller_manager = run(assets.kube_controller_manager, plan.controller_manager_flags())
        # The account that every namespace is given shows that the controllers run.
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        self._wait_until(lambda: self._serves(account), controller_manager)

    def _wait_until(self, condition: Callable[[], Value | None], service: Service) -> Value:
        deadline = time.monotonic() + READY_TIMEOUT
        while not (value := condition()):
            self.check()
            if time.monotonic() > deadline:
                raise service.failure(f"was not ready within {READY_TIMEOUT:g} s")
            time.sleep(POLL_INTERVAL)
        return value

    def _serves(self, path: str) -> bool:
        endpoint = urlsplit(self.server)
        connection = http.client.HTTPSConnection(
            endpoint.netloc, timeout=REQUEST_TIMEOUT, context=ssl.create_default_context(cadata=self.ca)
        )
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {self._token}"})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _forget(self) -> None:
        self._directory, self._endpoint, self._services, self._plan = None, None, {}, None
