import pytest
from starlette.requests import Request

from mes.web.access import COOKIE, SESSION_S, Access, from_another_site

KEYS = {"erp": "0123456789abcdef", "tablet": "fedcba9876543210"}


def request(method: str = "POST", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return Request({"type": "http", "method": method, "path": "/", "headers": raw, "query_string": b""})


def test_a_key_names_who_holds_it() -> None:
    access = Access(KEYS)

    assert access.who_asks(request(authorization="Bearer fedcba9876543210")) == "tablet"
    assert access.who_asks(request(authorization="bearer 0123456789abcdef")) == "erp"


@pytest.mark.parametrize(
    "header", ["Bearer wrong", "Bearer ", "Basic 0123456789abcdef", "0123456789abcdef", "Bearer é"]
)
def test_a_wrong_key_names_nobody(header: str) -> None:
    assert Access(KEYS).who_asks(request(authorization=header)) is None


def test_a_session_lasts_half_a_day_and_cannot_be_forged() -> None:
    access = Access(KEYS)
    cookie = access.session("erp", 1000.0)

    assert access.who_in(cookie, 1000.0) == "erp"
    assert access.who_in(cookie, 1001.0 + SESSION_S) is None
    assert access.who_in(cookie.replace("erp", "tablet"), 1000.0) is None
    assert Access(KEYS).who_in(cookie, 1000.0) is None
    assert access.who_in("nonsense", 1000.0) is None


def test_the_session_of_a_browser_counts_as_its_key() -> None:
    access = Access(KEYS)
    cookie = access.session("erp", 10e9)

    assert access.who_asks(request(cookie=f"{COOKIE}={cookie}")) == "erp"


@pytest.mark.parametrize(
    ("headers", "strange"),
    [
        ({"sec_fetch_site": "cross-site"}, True),
        ({"sec_fetch_site": "same-site"}, True),
        ({"sec_fetch_site": "same-origin", "origin": "http://other"}, False),
        ({"origin": "http://other", "host": "mes:8080"}, True),
        ({"origin": "http://mes:8080", "host": "mes:8080"}, False),
        ({"origin": "null", "host": "mes:8080"}, True),
        ({"host": "mes:8080"}, False),
    ],
)
def test_a_page_of_another_site_changes_nothing(headers: dict[str, str], strange: bool) -> None:
    assert strange == from_another_site(request(**headers))
    assert not from_another_site(request("GET", **headers))


def test_an_open_service_answers_under_its_own_name_only() -> None:
    assert Access({}).stranger_host(request(host="evil.example:8080"))
    assert not Access({}).stranger_host(request(host="localhost:8080"))
    assert not Access({}).stranger_host(request(host="[::1]:8080"))
    assert not Access(KEYS).stranger_host(request(host="mes.example"))
