"""Which proxy leads to a service, and which values of the variables are refused."""

import httpx
import pytest

from atlas_streams_peering.transport.proxy import Proxy, WrongVariableError, address_of, proxy_for

ATLAS = "https://cloud.mongodb.com"
PROXY = "http://proxy.example:3128"


def proxy_of(url: str, **environment: str) -> Proxy | None:
    return proxy_for(httpx.URL(url), environment)


def address(url: str, **environment: str) -> str | None:
    proxy = proxy_of(url, **environment)
    return proxy.address if proxy else None


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({"HTTPS_PROXY": PROXY}, "HTTPS_PROXY"),
        ({"https_proxy": PROXY}, "https_proxy"),
        ({"ALL_PROXY": PROXY}, "ALL_PROXY"),
        ({"all_proxy": PROXY}, "all_proxy"),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other.example:1"}, "https_proxy"),
        ({"HTTPS_PROXY": PROXY, "ALL_PROXY": "http://other.example:1"}, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": "", "ALL_PROXY": PROXY}, "ALL_PROXY"),
        ({"HTTPS_PROXY": "proxy.example:3128"}, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": f" {PROXY}/ "}, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": "http://user:p%40ss@proxy.example:3128"}, "HTTPS_PROXY"),
    ],
)
def test_a_variable_in_either_case_names_the_proxy(environment: dict[str, str], variable: str) -> None:
    proxy = proxy_of(ATLAS, **environment)

    assert proxy is not None
    assert (proxy.variable, proxy.address) == (variable, "proxy.example:3128")


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"HTTP_PROXY": PROXY},
        {"https_proxy": "", "HTTPS_PROXY": PROXY},
        {"HTTPS_PROXY": " "},
        {"HTTPS_PROXY": PROXY, "NO_PROXY": "*"},
        {"HTTPS_PROXY": PROXY, "no_proxy": "mongodb.com", "NO_PROXY": ""},
    ],
)
def test_requests_go_straight_to_the_service_otherwise(environment: dict[str, str]) -> None:
    assert proxy_of(ATLAS, **environment) is None


def test_the_default_port_of_a_proxy_is_said() -> None:
    assert address(ATLAS, HTTPS_PROXY="http://proxy.example") == "proxy.example:80"
    assert address(ATLAS, HTTPS_PROXY="https://proxy.example") == "proxy.example:443"
    assert address_of(httpx.URL("https://[fd00::1]")) == "[fd00::1]:443"


# Entry, what it covers, what it does not cover.
ENTRIES = [
    ("cloud.mongodb.com", ["https://cloud.mongodb.com", "https://CLOUD.mongodb.com:8443"], ["https://mongodb.com"]),
    ("mongodb.com", ["https://mongodb.com", "https://cloud.mongodb.com"], ["https://notmongodb.com"]),
    (".mongodb.com", ["https://cloud.mongodb.com"], ["https://mongodb.com", "https://mongodb.com.example"]),
    ("*.mongodb.com", ["https://cloud.mongodb.com"], ["https://mongodb.com"]),
    ("MongoDB.com.", ["https://cloud.mongodb.com"], []),
    ("localhost", ["https://localhost:8080"], ["https://localhost.example"]),
    ("mongodb.com:8443", ["https://cloud.mongodb.com:8443"], ["https://cloud.mongodb.com"]),
    ("mongodb.com:443", ["https://cloud.mongodb.com"], ["https://cloud.mongodb.com:8443"]),
    ("https://mongodb.com", ["https://cloud.mongodb.com"], ["http://cloud.mongodb.com"]),
    ("all://mongodb.com/", ["https://cloud.mongodb.com", "http://cloud.mongodb.com"], []),
    ("10.0.0.1", ["https://10.0.0.1", "https://10.0.0.1:8443"], ["https://10.0.0.10", "https://10.0.0.2"]),
    ("10.0.0.0/8", ["https://10.1.2.3"], ["https://11.0.0.1", "https://[::1]", "https://10.example"]),
    ("10.0.0.1/8", ["https://10.1.2.3"], ["https://11.0.0.1"]),
    ("10.0.0.1:8443", ["https://10.0.0.1:8443"], ["https://10.0.0.1"]),
    ("10.0.0.0/8:8443", ["https://10.1.2.3:8443"], ["https://10.1.2.3"]),
    ("::1", ["https://[::1]", "https://[::1]:8443"], ["https://[::2]"]),
    ("::1/128", ["https://[::1]"], ["https://[::2]", "https://127.0.0.1"]),
    ("fd00::/8", ["https://[fd12::1]"], ["https://[fe80::1]"]),
    ("[::1]", ["https://[::1]"], ["https://[::2]"]),
    ("[::1]:8443", ["https://[::1]:8443"], ["https://[::1]"]),
    ("[fd00::]/8", ["https://[fd12::1]"], ["https://[fe80::1]"]),
    ("münchen.example", ["https://münchen.example"], ["https://example"]),
    ("xn--mnchen-3ya.example", ["https://münchen.example"], []),
]

# Entries of other programs, and slips of the pen: none may stop the operator, or take the proxy from Atlas.
WITHOUT_EFFECT = [
    "10.0.0.0/99",
    "fd00::/200",
    "a..b",
    "-",
    ".",
    "*.",
    "%",
    "<nil>",
    "http://",
    ":443",
    "[::1",
    "é/8",
    "a/b",
]


@pytest.mark.parametrize("entry", [entry for entry, _, _ in ENTRIES])
def test_an_entry_covers_what_it_names(entry: str) -> None:
    [(covered, others)] = [(covered, others) for known, covered, others in ENTRIES if known == entry]

    for variable in ("NO_PROXY", "no_proxy"):
        environment = {"HTTP_PROXY": PROXY, "HTTPS_PROXY": PROXY, variable: entry}
        assert [url for url in covered if proxy_of(url, **environment) is not None] == []
        assert [url for url in others if proxy_of(url, **environment) is None] == []


@pytest.mark.parametrize("separator", [",", ", ", " ", ",,", "\n"])
def test_each_entry_of_a_list_counts(separator: str) -> None:
    no_proxy = separator.join(["localhost", "::1/128", "fd00::/8", "*.mongodb.com", *WITHOUT_EFFECT])

    assert proxy_of(ATLAS, HTTPS_PROXY=PROXY, NO_PROXY=no_proxy) is None
    assert proxy_of("https://[fd00::1]", HTTPS_PROXY=PROXY, NO_PROXY=no_proxy) is None
    assert proxy_of("https://api.confluent.cloud", HTTPS_PROXY=PROXY, NO_PROXY=no_proxy) is not None


@pytest.mark.parametrize("entry", WITHOUT_EFFECT)
def test_an_entry_that_is_no_name_and_no_address_has_no_effect(entry: str) -> None:
    for url in (ATLAS, "https://10.0.0.1", "https://[fd00::1]", "https://localhost"):
        assert proxy_of(url, HTTPS_PROXY=PROXY, NO_PROXY=entry) is not None


WRONG = [
    ("http://", "such as"),
    ("http://proxy.example:port", "such as"),
    ("http://proxy.example:0", "such as"),
    ("http://proxy.example:99999", "such as"),
    ("http://[::1", "such as"),
    ("http://proxy.example :3128", "such as"),
    ("http://user:hunter2#@proxy.example:3128", "encode special characters"),
    ("http://user:1/hunter2@proxy.example:3128", "encode special characters"),
    ("http://user:1?hunter2@proxy.example:3128", "encode special characters"),
    ("http://user:1#hunter2@proxy.example:3128", "encode special characters"),
    ("http://user:hunter2\x01@proxy.example:3128", "encode special characters"),
    ("socks5://user:hunter2@proxy.example:1080", "SOCKS"),
    ("socks5h://proxy.example:1080", "SOCKS"),
    ("ftp://user:hunter2@proxy.example", "must begin with http:// or https://"),
]


@pytest.mark.parametrize(("value", "said"), WRONG)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_that_cannot_work_is_refused_without_its_value(variable: str, value: str, said: str) -> None:
    with pytest.raises(WrongVariableError, match=said) as raised:
        proxy_of(ATLAS, **{variable: value})

    assert str(raised.value).startswith(f"{variable} must ")
    assert "hunter2" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_proxy_that_no_request_uses_may_be_wrong() -> None:
    assert proxy_of(ATLAS, HTTP_PROXY="socks5://proxy.example") is None
    assert proxy_of(ATLAS, HTTPS_PROXY="socks5://proxy.example", NO_PROXY="mongodb.com") is None


def test_the_password_is_not_shown() -> None:
    proxy = proxy_of(ATLAS, HTTPS_PROXY="http://user:hunter2@proxy.example:3128")

    assert "hunter2" not in repr(proxy)
    assert "hunter2" not in str(proxy)
