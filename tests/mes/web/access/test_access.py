import pytest
from starlette.requests import Request

from mes.web.access.access import COOKIE, SESSION_S, Access, from_another_site

KEYS = {"erp": "0123456789abcdef", "tablet": "fedcba9876543210"}


def request(method: str = "POST", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return Request({"type": "http", "method": method, "path": "/", "headers": raw, "query_string": b""})


async def asks(access: Access, asking: Request) -> str | None:
    await access.recognise(asking)
    return access.who_asks(asking)


async def test_a_key_names_who_holds_it() -> None:
    access = Access(KEYS)

    assert await asks(access, request(authorization="Bearer fedcba9876543210")) == "tablet"
    assert await asks(access, request(authorization="bearer 0123456789abcdef")) == "erp"


@pytest.mark.parametrize(
    "header", ["Bearer wrong", "Bearer ", "Basic 0123456789abcdef", "0123456789abcdef", "Bearer é"]
)
async def test_a_wrong_key_names_nobody(header: str) -> None:
    assert await asks(Access(KEYS), request(authorization=header)) is None


def test_a_session_lasts_half_a_day_and_cannot_be_forged() -> None:
    access = Access(KEYS)
    cookie = access.session("erp", 1000.0)

    assert access.credential_in(cookie, 1000.0) == "erp"
    assert access.credential_in(cookie, 1001.0 + SESSION_S) is None
    assert access.credential_in(cookie.replace("erp", "tablet"), 1000.0) is None
    assert Access(KEYS).credential_in(cookie, 1000.0) is None
    assert access.credential_in("nonsense", 1000.0) is None


async def test_the_session_of_a_browser_counts_as_its_key() -> None:
    access = Access(KEYS)
    cookie = access.session("erp", 10e9)

    assert await asks(access, request(cookie=f"{COOKIE}={cookie}")) == "erp"


async def test_a_session_whose_key_is_gone_counts_for_nobody() -> None:
    before = Access(KEYS)
    after = Access({"tablet": KEYS["tablet"]}, secret=before.secret)
    cookie = before.session("erp", 10e9)

    assert await asks(after, request(cookie=f"{COOKIE}={cookie}")) is None


async def test_a_key_of_the_environment_may_all_that_no_setting_narrows() -> None:
    access = Access(KEYS, scopes={"tablet": frozenset({"read"})})
    erp, tablet = (request(authorization=f"Bearer {KEYS[who]}") for who in ("erp", "tablet"))
    for asking in (erp, tablet):
        await access.recognise(asking)

    assert (access.may(erp, "orders"), access.may(tablet, "orders"), access.may(tablet, "read")) == (True, False, True)
    assert Access({}).may(request(), "orders")
    assert not access.may(request(), "read")


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
