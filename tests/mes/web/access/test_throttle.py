from mes.web.access.throttle import MOST_SOURCES, MOST_WRONG, WITHIN_S, Throttle, source_of


def test_ten_wrong_keys_in_a_minute_are_all_that_a_source_gets() -> None:
    throttle = Throttle()

    begins = [throttle.wrong("10.0.0.1", at) for at in range(MOST_WRONG)]

    assert begins == [False] * (MOST_WRONG - 1) + [True]
    assert throttle.wait_s("10.0.0.1", 10.0) == WITHIN_S - 10.0
    assert throttle.wait_s("10.0.0.2", 10.0) == 0


def test_whoever_waits_may_try_again() -> None:
    throttle = Throttle()
    for _ in range(MOST_WRONG):
        throttle.wrong("10.0.0.1", 5.0)

    assert throttle.wait_s("10.0.0.1", 5.0 + WITHIN_S - 0.5) == 0.5
    assert throttle.wait_s("10.0.0.1", 5.0 + WITHIN_S) == 0


def test_it_is_told_once_that_a_source_has_to_wait() -> None:
    throttle = Throttle()

    begins = [throttle.wrong("10.0.0.1", at / 10) for at in range(50)]

    assert begins.count(True) == 1


def test_a_flood_of_sources_takes_no_memory_without_end() -> None:
    throttle = Throttle()

    for number in range(3 * MOST_SOURCES):
        throttle.wrong(str(number), 0.0)

    assert len(throttle._wrong) == MOST_SOURCES


def test_the_addresses_of_one_ipv6_network_are_one_source() -> None:
    assert source_of("2001:db8::1") == source_of("2001:db8::ffff:1")
    assert source_of("2001:db8::1") != source_of("2001:db8:0:1::1")
    assert source_of("::ffff:10.0.0.1") != source_of("::ffff:10.0.0.2")
    assert source_of(None) == "unknown"
