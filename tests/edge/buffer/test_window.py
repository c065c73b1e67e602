"""Which frames go next, and when they go again."""

from edge.buffer.window import MOST_BACKLOG, MOST_ON_THE_WAY, Window


def test_a_frame_that_is_never_acknowledged_goes_again_although_later_ones_arrive() -> None:
    window = Window()
    window.begin(last_id=0)
    for second in range(20):
        window.sent(second + 1, live=True, now=float(second))
        if second > 0:
            window.acknowledged([second + 1])

    assert not window.stuck(now=9.0, patience_s=10.0)
    assert window.stuck(now=10.1, patience_s=10.0)


def test_a_new_connection_sends_all_that_is_kept_as_backlog() -> None:
    window = Window()
    window.begin(last_id=0)
    window.sent(1, live=True, now=0.0)

    window.begin(last_id=5)

    assert (window.boundary, window.live_sent, window.backlog_sent) == (5, 5, 0)
    assert not window.on_the_way


def test_the_backlog_leaves_room_for_live_frames() -> None:
    window = Window()
    window.begin(last_id=1_000)
    for number in range(MOST_BACKLOG):
        window.sent(number + 1, live=False, now=0.0)

    assert window.room(live=False) == 0
    assert window.room(live=True) == MOST_ON_THE_WAY - MOST_BACKLOG


def test_nothing_on_the_way_is_never_stuck() -> None:
    window = Window()
    window.begin(last_id=0)

    assert not window.stuck(now=1e9, patience_s=10.0)


def test_what_was_on_the_way_before_may_be_acknowledged_however_often_it_was_tried_since() -> None:
    window = Window()
    for first in (1, 11, 21):
        for id_ in range(first, first + 3):
            window.sent(id_, live=True, now=0.0)
        window.begin(100)

    window.acknowledged([2, 12])

    assert window.may_be_stored() == {1, 3, 11, 13, 21, 22, 23}
