from mes.maintenance.calls import Call


def test_a_call_is_answered_when_somebody_said_that_he_comes() -> None:
    waiting = Call("1", "press-1", "material", None, 0, None, None)

    assert not waiting.answered
    assert Call("1", "press-1", "material", None, 0, None, 5).answered
