"""etcd, kube-apiserver and kube-controller-manager as processes of this machine."""

import http.client
import shutil
import signal
import ssl
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
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
from local_cluster.plan import ADMIN, CONTROLLER_MANAGER, Flags, Plan, arguments
from local_cluster.processes import ProcessGroup, Service

READY_TIMEOUT = 60.0
POLL_INTERVAL = 0.05
REQUEST_TIMEOUT = 5.0

Value = TypeVar("Value")
Command = Sequence[str | Path]


class ControlPlane(Cluster):
    """A real API server with RBAC and garbage collection; it has no nodes, so no pod runs."""

    def __init__(self) -> None:
        super().__init__()
        self._services: dict[str, Service] = {}
        self._undo = ExitStack()
        self._token = ""
        self._plan: Plan | None = None
        self._group: ProcessGroup | None = None

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
            self._plan = plan = self._make_plan(Path(state))
            self._directory = directory
            self._prepare(undo)
            self._group = undo.enter_context(ProcessGroup())
            self._start_surroundings(undo)
            self._start_services(assets, plan, undo, audit=audit)
            self._start_node(undo)
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

    # -- what a cluster with a node does beside

    def _make_plan(self, state: Path) -> Plan:
        return Plan(state)

    def _prepare(self, undo: ExitStack) -> None:
        """Do what has to be undone only after every process has ended."""

    def _start_surroundings(self, undo: ExitStack) -> None:
        """Start what the control plane runs in."""

    def _start_node(self, undo: ExitStack) -> None:
        """Start what runs pods."""

    def _enclosed(self, command: Command) -> Command:
        """Return the command that runs a program of the control plane where it belongs."""
        return command

    def _run(self, name: str, command: Command) -> Service:
        """Start a program of the cluster, which ends with the cluster; its log is called after it."""
        log = self.directory / f"{name}.log"
        log.unlink(missing_ok=True)
        self._services[name] = service = Service(self._require_group(), command, log, name=name)
        return service

    def _require_group(self) -> ProcessGroup:
        if self._group is None:
            raise LocalClusterError("the cluster is not running: call start() first")
        return self._group

    def _start_services(self, assets: Assets, plan: Plan, undo: ExitStack, *, audit: bool) -> None:
        def run(program: Path, flags: Flags) -> Service:
            service = self._run(program.name, self._enclosed([program, *arguments(flags)]))
            undo.callback(service.stop)
            return service

        plan.write_files()
        self.audit_log.unlink(missing_ok=True)
        run(assets.etcd, plan.etcd_flags())
        api_server = run(assets.kube_apiserver, plan.api_server_flags(self.audit_log if audit else None))
        ca = self._wait_until(plan.read_authority, api_server)
        plan.authority.write_text(ca)
        self._endpoint, self._token = Endpoint(plan.server, ca), plan.tokens[ADMIN]
        write_kubeconfig(self.kubeconfig, self._endpoint, self._token)
        self._wait_until(lambda: self._serves("/readyz"), api_server)

        inner = Endpoint(plan.inner_server, ca)
        write_kubeconfig(plan.controller_manager_kubeconfig, inner, plan.tokens[CONTROLLER_MANAGER])
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
        self._directory, self._endpoint, self._services, self._plan, self._group = None, None, {}, None, None
