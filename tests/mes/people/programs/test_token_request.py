import base64

import pytest

from mes.people.programs.token_request import FORM, Refused, TokenRequest, granted, token_request

READ = frozenset({"read"})


def basic(name: str, key: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{key}".encode()).decode()


@pytest.mark.parametrize(
    ("header", "body", "expected"),
    [
        ("", "grant_type=client_credentials&client_id=erp&client_secret=k", TokenRequest("erp", "k", None)),
        (basic("erp", "k"), "grant_type=client_credentials&scope=read", TokenRequest("erp", "k", READ)),
        (basic("erp", "k"), "grant_type=client_credentials&client_id=erp&scope=", TokenRequest("erp", "k", None)),
        (basic("e%2Bp", "a%3Ab+c"), "grant_type=client_credentials", TokenRequest("e+p", "a:b c", None)),
        (basic("erp", "k"), "grant_type=client_credentials&unknown=1", TokenRequest("erp", "k", None)),
    ],
)
def test_a_program_names_itself_by_basic_or_by_the_form(header: str, body: str, expected: TokenRequest) -> None:
    assert token_request(f"{FORM}; charset=UTF-8", header, body.encode()) == expected


@pytest.mark.parametrize(
    ("header", "body", "error"),
    [
        ("", "client_id=erp&client_secret=k", "invalid_request"),
        ("", "grant_type=password&client_id=erp&client_secret=k", "unsupported_grant_type"),
        ("", "grant_type=client_credentials", "invalid_client"),
        ("", "grant_type=client_credentials&client_id=erp", "invalid_client"),
        ("Bearer x", "grant_type=client_credentials", "invalid_client"),
        ("Basic !!", "grant_type=client_credentials", "invalid_client"),
        ("Basic ZXJw", "grant_type=client_credentials", "invalid_client"),
        (basic("erp", "k"), "grant_type=client_credentials&client_secret=k", "invalid_request"),
        (basic("erp", "k"), "grant_type=client_credentials&client_id=wms", "invalid_request"),
        (basic("erp", "k"), "grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("", "&".join(f"a{n}=1" for n in range(30)), "invalid_request"),
        ("", "grant_type=%FF", "invalid_request"),
    ],
)
def test_what_is_no_request_gets_the_word_of_the_standard(header: str, body: str, error: str) -> None:
    with pytest.raises(Refused) as refused:
        token_request(FORM, header, body.encode())
    assert refused.value.error == error


def test_json_is_no_form() -> None:
    with pytest.raises(Refused, match=FORM):
        token_request("application/json", "", b"{}")


@pytest.mark.parametrize("asked", [frozenset[str](), frozenset({"read", "orders"}), frozenset({"nonsense"})])
def test_a_token_is_good_for_no_more_than_its_program(asked: frozenset[str]) -> None:
    with pytest.raises(Refused) as refused:
        granted(READ, asked)
    assert refused.value.error == "invalid_scope"
    assert granted(READ | {"orders"}, None) == READ | {"orders"}
