"""Settings: secure by default, and every mistake names its variable."""

import pytest

from runtime.settings import BadSetting, Endpoint, is_loopback, settings_from


def test_nothing_set_is_this_machine_only() -> None:
    settings = settings_from({})

    assert is_loopback(settings.host)
    assert settings.broker is None
    assert not settings.plaintext_allowed


@pytest.mark.parametrize("host", ["broker.example", "192.0.2.1", "[2001:db8::1]"])
def test_plaintext_to_another_machine_is_refused(host: str) -> None:
    with pytest.raises(BadSetting, match="mqtts://"):
        settings_from({"SHOPFLOOR_BROKER": f"mqtt://{host}"})


def test_plaintext_can_be_allowed_by_name() -> None:
    settings = settings_from({"SHOPFLOOR_BROKER": "mqtt://broker", "SHOPFLOOR_ALLOW_PLAINTEXT": "yes"})

    assert settings.need_broker().port == 1883


def test_a_broker_over_tls_has_its_parts() -> None:
    broker = settings_from({"SHOPFLOOR_BROKER": "mqtts://edge:p%40ss@broker.example"}).need_broker()

    assert (broker.host, broker.port, broker.tls) == ("broker.example", 8883, True)
    assert (broker.user, broker.password) == ("edge", "p@ss")


def test_health_is_told_to_this_machine_unless_allowed_by_name() -> None:
    here = settings_from({"SHOPFLOOR_HEALTH": "[::1]:9464"}).health
    everywhere = settings_from({"SHOPFLOOR_HEALTH": "0.0.0.0:9464", "SHOPFLOOR_ALLOW_PLAINTEXT": "yes"}).health

    assert (here, everywhere) == (Endpoint("::1", 9464), Endpoint("0.0.0.0", 9464))
    assert str(here) == "[::1]:9464"


def test_hosts_of_webhooks_are_names_and_addresses_each_with_a_port_or_for_any() -> None:
    settings = settings_from({"SHOPFLOOR_WEBHOOK_HOSTS": " ERP.example , 10.0.0.5:8443,[::1]:9, "})

    assert settings.webhook_hosts == {"erp.example", "10.0.0.5:8443", "[::1]:9"}


def test_no_secret_shows_when_settings_are_printed() -> None:
    settings = settings_from(
        {
            "SHOPFLOOR_BROKER": "mqtts://edge:hush-broker@broker.example",
            "SHOPFLOOR_DATABASE": "postgresql://u:hush-database@db.example/shopfloor",
            "SHOPFLOOR_SMTP": "smtps://u:hush-smtp@mail.example",
            "SHOPFLOOR_API_KEY_ERP": "hush-key-0123456789",
            "SHOPFLOOR_AUDIT_KEY": "hush-key-0123456789-0123456789-0123456789",
        }
    )

    assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("SHOPFLOOR_BROKER", "http://x"),
        ("SHOPFLOOR_BROKER", "mqtt://localhost:99999"),
        ("SHOPFLOOR_PORT", "http"),
        ("SHOPFLOOR_PORT", "0"),
        ("SHOPFLOOR_JOURNAL_MB", "plenty"),
        ("SHOPFLOOR_JOURNAL_MB", "0"),
        ("SHOPFLOOR_JOURNAL_MB", "nan"),
        ("SHOPFLOOR_JOURNAL_MB", "inf"),
        ("SHOPFLOOR_ALLOW_PLAINTEXT", "maybe"),
        ("SHOPFLOOR_API_KEY_ERP", "short"),
        ("SHOPFLOOR_DEMO", "short"),
        ("SHOPFLOOR_HTTPS", "yes"),
        ("SHOPFLOOR_HTTPS", "own"),
        ("SHOPFLOOR_AUDIT_KEY", "shorter than 32 characters"),
        ("SHOPFLOOR_WEBHOOK_HOSTS", "https://erp.example"),
        ("SHOPFLOOR_WEBHOOK_HOSTS", "erp.example/in"),
        ("SHOPFLOOR_WEBHOOK_HOSTS", "erp.example:"),
        ("SHOPFLOOR_WEBHOOK_HOSTS", "erp.example:99999"),
        ("SHOPFLOOR_WEBHOOK_HOSTS", "user@erp.example"),
        ("SHOPFLOOR_WEBHOOK_HOSTS", "erp.example mes.example"),
        ("SHOPFLOOR_COLLECTOR_GROUP", "all/frames"),
        ("SHOPFLOOR_HEALTH", "9464"),
        ("SHOPFLOOR_HEALTH", "127.0.0.1:65536"),
        ("SHOPFLOOR_HEALTH", "http://127.0.0.1:9464"),
        ("SHOPFLOOR_HEALTH", "192.0.2.1:9464"),
        ("SHOPFLOOR_FRAME_EVERY", "1"),
        ("SHOPFLOOR_FRAME_EVERY", "49ms"),
        ("SHOPFLOOR_FRAME_EVERY", "1001ms"),
        ("SHOPFLOOR_WATCHDOG", "90"),
        ("SHOPFLOOR_WATCHDOG", "0s"),
    ],
)
def test_a_bad_setting_is_named(variable: str, text: str) -> None:
    with pytest.raises(BadSetting, match=variable):
        settings_from({variable: text})


def test_what_is_needed_and_not_set_is_named() -> None:
    with pytest.raises(BadSetting, match="SHOPFLOOR_BROKER"):
        settings_from({}).need_broker()
    with pytest.raises(BadSetting, match="SHOPFLOOR_DATABASE"):
        settings_from({}).need_database()


def test_roles_are_off_or_enforced_and_nothing_between() -> None:
    assert not settings_from({}).roles_enforced
    assert settings_from({"SHOPFLOOR_ROLES": "enforce"}).roles_enforced
    with pytest.raises(BadSetting, match="off or enforce"):
        settings_from({"SHOPFLOOR_ROLES": "yes"})


def test_the_scopes_of_a_key_are_read_beside_it() -> None:
    found = settings_from({"SHOPFLOOR_API_KEY_BI": "k" * 16, "SHOPFLOOR_API_SCOPES_BI": "read"})

    assert found.api_scopes == {"bi": "read"}


TRYTON = {
    "SHOPFLOOR_TRYTON_URL": "https://erp.example:8000/",
    "SHOPFLOOR_TRYTON_DATABASE": "company",
    "SHOPFLOOR_TRYTON_USER": "mes",
    "SHOPFLOOR_TRYTON_PASSWORD": "not-for-logs",
}


def test_tryton_is_off_until_it_is_set_and_its_password_is_in_no_repr() -> None:
    off, on = settings_from({}), settings_from(TRYTON)

    assert off.tryton is None
    assert on.tryton is not None
    assert (on.tryton.url, on.tryton.password) == ("https://erp.example:8000", "not-for-logs")
    assert "not-for-logs" not in repr(on)


@pytest.mark.parametrize("name", list(TRYTON))
def test_half_of_tryton_names_what_is_missing(name: str) -> None:
    with pytest.raises(BadSetting, match=name):
        settings_from({key: text for key, text in TRYTON.items() if key != name})


@pytest.mark.parametrize(
    "wrong",
    [
        {"SHOPFLOOR_TRYTON_URL": "http://erp.example:8000"},
        {"SHOPFLOOR_TRYTON_URL": "https://mes:secret@erp.example"},
        {"SHOPFLOOR_TRYTON_URL": "ftp://erp.example"},
        {"SHOPFLOOR_TRYTON_DATABASE": "a/b"},
    ],
)
def test_tryton_is_not_asked_in_plain_text_or_by_a_strange_address(wrong: dict[str, str]) -> None:
    with pytest.raises(BadSetting) as told:
        settings_from(TRYTON | wrong)

    assert "secret" not in str(told.value)
    assert settings_from(TRYTON | {"SHOPFLOOR_TRYTON_URL": "http://127.0.0.1:8000"}).tryton is not None
