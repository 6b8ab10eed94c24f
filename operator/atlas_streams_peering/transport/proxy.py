"""The proxy that leads to a URL, as the environment names it: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY.

httpx reads these variables, too. It fails on an entry of NO_PROXY such as ``::1/128``, and a network such as
``10.0.0.0/8`` has no effect. So the transport reads them, and httpx gets the result.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

import httpx

_ENTRY: Final = re.compile(r"(?:\[(?P<address>[^\[\]]+)\]|(?P<name>[^:\[\]]+))(?P<length>/\d+)?(?::(?P<port>\d+))?")
"""An entry of NO_PROXY: a name or an address, with or without the length of a network's prefix, and a port."""

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class WrongVariableError(ValueError):
    """A variable of the environment cannot work. The text names the variable, and shows no value."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, and the variable that names it."""

    variable: str
    url: httpx.URL
    """With the user name and the password: httpx shows the URL without the password."""

    @property
    def address(self) -> str:
        """Host and port, for messages."""
        return address_of(self.url)


def proxy_for(url: httpx.URL, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy that leads to a URL; None where requests go straight there.

    Raises
    ------
    WrongVariableError
        The variable that counts for this URL names no usable proxy.
    """
    variable, value = _value_of(f"{url.scheme}_proxy", environment)
    if not value:
        variable, value = _value_of("all_proxy", environment)
    if not value or without_proxy(url, _value_of("no_proxy", environment)[1]):
        return None
    return Proxy(variable, _parsed(variable, value))


def without_proxy(url: httpx.URL, no_proxy: str) -> bool:
    """Whether an entry of NO_PROXY covers a URL.

    An entry is ``*``, a name, an address or a network (``10.0.0.0/8``, ``fd00::/8``), with or without a port. A name
    covers its subdomains; ``.example.com`` and ``*.example.com`` cover the subdomains only. An entry that is none of
    these has no effect: the variable often serves many programs.
    """
    return any(_covers(entry, url) for entry in re.split(r"[,\s]+", no_proxy) if entry)


def address_of(url: httpx.URL) -> str:
    """Return the host and port of a URL, for messages."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{host}:{_port_of(url)}"


def _value_of(name: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """Return the name and the value of a variable: in lower case where it is set, even to nothing, else in upper."""
    variable = name if name in environment else name.upper()
    return variable, environment.get(variable, "").strip()


def _parsed(variable: str, value: str) -> httpx.URL:
    try:
        url = httpx.URL(value if "://" in value else f"http://{value}")
        whole = bool(url.host) and (url.port is None or 0 < url.port < 65536)
    except (httpx.InvalidURL, ValueError):
        whole = False  # what it says may repeat a password
    # What follows the host belongs to a password whose special characters are not encoded.
    if not whole or re.search(r"\s", value) or "@" in f"{url.path}{url.query!r}{url.fragment}":
        raise WrongVariableError(
            f"{variable} must be a URL such as http://proxy.example:3128; "
            "encode special characters of a user name or password as in %40"
        )
    if url.scheme.startswith("socks"):
        raise WrongVariableError(f"{variable} must name an http or https proxy: the operator cannot use a SOCKS proxy")
    if url.scheme not in _DEFAULT_PORTS:
        raise WrongVariableError(f"{variable} must begin with http:// or https://")
    return url


def _covers(entry: str, url: httpx.URL) -> bool:
    if entry == "*":
        return True
    scheme, _, rest = entry.rpartition("://")
    if scheme.lower() not in ("", "all", url.scheme):
        return False
    rest = rest.rstrip("/")
    network = _network(rest)
    if network is not None:
        return _is_in(url, network)
    parts = _ENTRY.fullmatch(rest)
    if parts is None or int(parts["port"] or _port_of(url)) != _port_of(url):
        return False
    network = _network(f"{parts['address'] or parts['name']}{parts['length'] or ''}")
    if network is not None:
        return _is_in(url, network)
    return parts["name"] is not None and parts["length"] is None and _is_of(url, parts["name"])


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _is_in(url: httpx.URL, network: IPv4Network | IPv6Network) -> bool:
    try:
        return ip_address(url.host) in network
    except ValueError:
        return False  # a name: it is not resolved for this


def _is_of(url: httpx.URL, name: str) -> bool:
    name = name.lower().removeprefix("*").rstrip(".")
    if not name:
        return False
    # As written, and as sent: a name of no ASCII has two spellings.
    hosts = (url.host.rstrip("."), url.raw_host.decode("ascii").rstrip("."))
    domain = name if name.startswith(".") else f".{name}"
    return any(host == name or host.endswith(domain) for host in hosts)


def _port_of(url: httpx.URL) -> int:
    return url.port or _DEFAULT_PORTS.get(url.scheme, 0)
