"""Events are posted to listed hosts only, and in plain text on this machine only."""

import pytest

from mes.erp.webhooks.url import trouble_with

HOSTS = {"erp.example", "10.0.0.5:8443", "127.0.0.1", "[::1]:9000"}


@pytest.mark.parametrize(
    "url",
    [
        "https://erp.example/in?x=1",
        "https://ERP.example:8443/",
        "https://10.0.0.5:8443/in",
        "http://127.0.0.1:9/",
        "http://[::1]:9000/",
    ],
)
def test_a_listed_host_is_posted_to(url: str) -> None:
    assert trouble_with(url, HOSTS, plaintext_allowed=False) is None


@pytest.mark.parametrize(
    ("url", "cure"),
    [
        ("https://other.example/", "SHOPFLOOR_WEBHOOK_HOSTS"),
        ("https://10.0.0.5/", "SHOPFLOOR_WEBHOOK_HOSTS"),
        ("https://erp.example.evil.example/", "SHOPFLOOR_WEBHOOK_HOSTS"),
        ("https://169.254.169.254/", "SHOPFLOOR_WEBHOOK_HOSTS"),
        ("http://erp.example/", "SHOPFLOOR_ALLOW_PLAINTEXT"),
        ("https://erp.example@other.example/", "without user"),
        ("https://user:hush@erp.example/", "without user"),
        ("https://erp.example/#a", "fragment"),
        ("ftp://erp.example/", "https://"),
        ("https://", "https://"),
        ("https://erp.example:99999/", "https://"),
        ("https://[::1/", "https://"),
        ("https://erp.example/a b", "https://"),
        ("https://erp.example/\r\nHost: x", "https://"),
        ("https://工厂.example/", "https://"),
    ],
)
def test_any_other_address_is_refused_with_its_cure(url: str, cure: str) -> None:
    trouble = trouble_with(url, HOSTS, plaintext_allowed=False)

    assert trouble is not None
    assert cure in trouble
    assert "hush" not in trouble


def test_without_a_list_nothing_is_posted() -> None:
    assert trouble_with("https://erp.example/", set(), plaintext_allowed=True) is not None
    assert trouble_with("http://erp.example/", {"erp.example:80"}, plaintext_allowed=True) is None
