"""What a robot that goes wrong answers, over a real wire, is never taken for success."""

from itertools import product

import pytest

from alerts.channels.message import NotDelivered, Trouble
from alerts.channels.webhook import WebhookSender
from config.channels import Format, Webhook
from tests.alerts.letters import LETTER, STYLE, settings
from tests.alerts.providers import Bad, Robot, serve

ROBOTS = (Format.WECOM, Format.DINGTALK, Format.FEISHU)
EXPECTED = {
    Bad.CODE: (Trouble.REFUSED, False),
    Bad.HTML: (Trouble.DOWN, False),
    Bad.FAULT: (Trouble.DOWN, False),
    Bad.LATER: (Trouble.TOO_FAST, False),
    Bad.CUT: (Trouble.DOWN, True),
    Bad.HANG: (Trouble.DOWN, True),
    Bad.ODD_JSON: (Trouble.DOWN, False),
}
# Each robot in each way; one that hangs costs five seconds, so one of them does.
CASES = [case for case in product(Bad, ROBOTS) if case[0] is not Bad.HANG or case[1] is Format.WECOM]


@pytest.mark.parametrize(("bad", "format_"), CASES)
def test_what_was_not_taken_is_not_taken_and_what_was_cut_off_may_have_been(bad: Bad, format_: Format) -> None:
    with serve(Robot(format_, bad=bad)) as address:
        sender = WebhookSender(
            Webhook(id="chat", kind="webhook", url_env="CHAT", format=format_), settings(CHAT=address), STYLE
        )
        with pytest.raises(NotDelivered) as refused:
            sender.send(LETTER)

    assert EXPECTED[bad] == (refused.value.refusal.trouble, refused.value.refusal.cut_off)
