"""Topics are read back as they were made; what is not ours is nobody's."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.topics import (
    Address,
    ack_topic,
    backlog_topic,
    event_topic,
    frame_topic,
    parse_topic,
    state_topic,
    status_topic,
)

names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,62}", fullmatch=True)
MAKERS = {"frame": frame_topic, "backlog": backlog_topic, "ack": ack_topic, "status": status_topic}


@given(names, names, st.sampled_from(sorted(MAKERS)))
def test_a_topic_is_read_back_as_it_was_made(site: str, node: str, kind: str) -> None:
    topic = MAKERS[kind](site, node)

    assert Address(site, node, kind) == parse_topic(topic)


@given(names, names)
def test_no_two_kinds_share_a_topic(site: str, node: str) -> None:
    assert len(MAKERS) == len({make(site, node) for make in MAKERS.values()})


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "/",
        "some/other/topic",
        "shopfloor/v1",
        "shopfloor/v1/suzhou/edge-1",
        "shopfloor/v1/suzhou/edge-1/frame/more",
        "/shopfloor/v1/suzhou/edge-1/frame",
        "shopfloor/v2/suzhou/edge-1/frame",
        "Shopfloor/v1/suzhou/edge-1/frame",
        "spBv1.0/suzhou/DDATA/edge-1/press-1",
        "shopfloor/v1/suzhou/edge-1/command",
        "shopfloor/v1/suzhou/edge-1/Frame",
        "shopfloor/v1/suzhou/edge-1/",
        "shopfloor/v1//edge-1/frame",
        "shopfloor/v1/suzhou//frame",
    ],
)
def test_a_foreign_topic_is_not_ours(topic: str) -> None:
    assert parse_topic(topic) is None


@pytest.mark.parametrize("make", [event_topic, state_topic])
def test_what_mes_tells_is_no_frame_of_anybody(make: Callable[[str, str | None, str | None, str], str]) -> None:
    topic = make("suzhou", "stamping", None, "order.changed")

    assert topic.removeprefix("shopfloor/v1/suzhou/").split("/")[1:] == ["stamping", "_", "order.changed"]
    assert parse_topic(topic) is None
