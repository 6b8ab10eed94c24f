"""Configuration: each setting a flag of ``atlas-streams-peering run``, an environment variable and a chart value."""

import re
from collections.abc import Collection
from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from .controller.default_credentials import DefaultCredentials
from .polling.poll import SecretKey


class LogFormat(StrEnum):
    """Format of the log."""

    TEXT = "text"  # for people
    JSON = "json"  # one object a line


class LogLevel(StrEnum):
    """Lowest level that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


_NAMESPACE: Final = re.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_NAME: Final = re.compile("[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?")

_API_PATHS: Final = {
    "atlas_base_url": ("/api/atlas/v2", ("/api/atlas", "/api/public")),
    "confluent_base_url": ("/networking/v1", ("/networking",)),
}
"""By setting: the path that other tools append to the base URL, and the beginning of the API's paths."""

Names = Annotated[tuple[str, ...], NoDecode]
Seconds = Annotated[float, Field(ge=1, le=86400)]
Port = Annotated[int, Field(ge=0, le=65535)]


class Settings(BaseSettings):
    """The operator's configuration."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    atlas_base_url: str = "https://cloud.mongodb.com"
    """Base URL of the Atlas Admin API."""
    confluent_base_url: str = "https://api.confluent.cloud"
    """Base URL of the Confluent Cloud API."""
    watch_namespaces: Names = ()
    """Namespaces to serve, comma-separated; empty: all."""
    poll_interval_pending: Seconds = 10
    """Seconds between polls of Atlas while a change is in progress."""
    poll_interval_steady: Seconds = 120
    """Seconds between polls of Atlas while no change is in progress."""
    default_credentials_secret: str = ""
    """Secret (namespace/name) with credentials for objects that name no Secret; empty: none."""
    default_credentials_namespaces: Names = ()
    """Namespaces whose objects may use the default credentials, comma-separated; *: all; empty: none."""
    log_format: LogFormat = LogFormat.TEXT
    """Format of the log: text or json."""
    log_level: LogLevel = LogLevel.INFO
    """Lowest level that is logged: debug, info, warning or error."""
    metrics_port: Port = 8080
    """Port that serves /metrics; 0: none."""
    health_port: Port = 8081
    """Port that serves /healthz and /readyz; 0: none."""
    leader_elect: bool = False
    """Take part in leader election: of several replicas, only the leader acts."""
    lease_name: str = "atlas-streams-peering"
    """Name of the Lease for leader election, in the operator's namespace; replicas that share it are one operator."""
    policies: bool = True
    """Serve StreamsVpcPeeringPolicies; false: the operator needs neither their CRD nor the permissions for them."""
    allow_plain_http: bool = False
    """Allow http base URLs that lead to other hosts than this one."""

    @field_validator("atlas_base_url", "confluent_base_url")
    @classmethod
    def _without_api_path(cls, value: str, info: ValidationInfo) -> str:
        return _without_path(str(info.field_name), value)

    @field_validator("watch_namespaces", "default_credentials_namespaces", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(name for name in (part.strip() for part in value.split(",")) if name)
        return value

    @field_validator("log_format", "log_level", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("watch_namespaces", "default_credentials_namespaces")
    @classmethod
    def _namespaces(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        every = {"*"} if info.field_name == "default_credentials_namespaces" else set()
        if not all(name in every or _NAMESPACE.fullmatch(name) for name in value):
            raise ValueError("must be names of namespaces, separated by commas")
        return value

    @field_validator("default_credentials_secret")
    @classmethod
    def _namespace_and_name(cls, value: str) -> str:
        namespace, _, name = value.partition("/")
        if value and not (_NAMESPACE.fullmatch(namespace) and _NAME.fullmatch(name)):
            raise ValueError("must be namespace/name")
        return value

    @field_validator("lease_name")
    @classmethod
    def _name(cls, value: str) -> str:
        if not _NAME.fullmatch(value):
            raise ValueError("must be the name of a Lease: lower-case letters, digits, - and .")
        return value

    @model_validator(mode="after")
    def _urls(self) -> "Settings":
        for name in ("atlas_base_url", "confluent_base_url"):
            _check_url(name, getattr(self, name), plain_allowed=self.allow_plain_http)
        return self

    @model_validator(mode="after")
    def _ports(self) -> "Settings":
        if self.metrics_port and self.metrics_port == self.health_port:
            raise ValueError(f"METRICS_PORT and HEALTH_PORT are both {self.health_port}: give them different ports")
        return self

    @property
    def default_credentials(self) -> DefaultCredentials:
        """Credentials for objects that name none."""
        if not self.default_credentials_secret:
            return DefaultCredentials()
        namespace, _, name = self.default_credentials_secret.partition("/")
        return DefaultCredentials(SecretKey(namespace, name), self.default_credentials_namespaces)


def checked_url(name: str, url: str, *, plain_allowed: bool) -> str:
    """Return the base URL that a setting means, such as `atlas_base_url`; an empty `url` means its default.

    Raises
    ------
    ValueError
        It cannot be used. The text names the variable.
    """
    meant = _without_path(name, url or str(Settings.model_fields[name].default))
    _check_url(name, meant, plain_allowed=plain_allowed)
    return meant


def _without_path(name: str, url: str) -> str:
    path, _ = _API_PATHS[name]
    return url.rstrip("/").removesuffix(path).rstrip("/")


def _check_url(name: str, url: str, *, plain_allowed: bool) -> None:
    variable = name.upper()
    try:
        parts = urlsplit(url)
        whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False  # its text may contain a password
    if not whole or parts.scheme not in ("http", "https") or parts.query or parts.fragment or re.search(r"\s", url):
        raise ValueError(f"{variable} must be a URL such as {Settings.model_fields[name].default}")
    if "@" in parts.netloc:
        raise ValueError(f"{variable} must not hold credentials")
    beginning = next((one for one in _API_PATHS[name][1] if f"{one}/" in f"{parts.path}/"), None)
    if beginning is not None:
        raise ValueError(f"{variable} must end before {beginning}: the operator adds the paths of the API")
    if parts.scheme == "http" and not plain_allowed and not _loopback(parts.hostname or ""):
        raise ValueError(f"{variable} must be https: http would send credentials unencrypted (see ALLOW_PLAIN_HTTP)")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def explain(error: ValidationError, *, flags: Collection[str] = ()) -> str:
    """Return what is wrong with the configuration, in one line that names the variables, and those of `flags` as such.

    `flags` are settings by their Python names.
    """
    problems = []
    for problem in error.errors(include_input=False, include_url=False):
        variable = "_".join(str(part) for part in problem["loc"][:1]).upper()
        message = problem["msg"].removeprefix("Value error, ")
        problems.append(f"{variable}: {message}" if variable else message)
    line = "; ".join(problems)
    for name in flags:
        line = re.sub(rf"\b{name.upper()}\b", rf"\g<0> (--{name.replace('_', '-')})", line)
    return line
