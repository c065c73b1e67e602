import pytest

from config.channels import Email, Format, Webhook, parse_rate


@pytest.mark.parametrize(("written", "expected"), [("20/min", 20), (" 1 / min ", 1), ("6000/min", 6000)])
def test_a_rate_is_messages_a_minute(written: str, expected: int) -> None:
    assert expected == parse_rate(written)


@pytest.mark.parametrize("written", ["20", 20, "20/s", "0/min", "6001/min", "2.5/min", "-3/min", "٢٠/min", None, True])
def test_what_is_no_rate_says_how_to_write_one(written: object) -> None:
    with pytest.raises(ValueError, match="is not a rate: write messages a minute"):
        parse_rate(written)


def test_without_a_rate_a_robot_is_told_less_than_its_provider_takes() -> None:
    provider = {Format.WECOM: 20, Format.DINGTALK: 20, Format.FEISHU: 100, Format.JSON: 100}
    rates = {f: Webhook(kind="webhook", id="chat", url_env="CHAT", format=f).a_minute for f in Format}

    assert all(rates[format_] < provider[format_] for format_ in Format)
    assert Email(kind="email", id="desk", to=("a@example.com",)).a_minute == 60
