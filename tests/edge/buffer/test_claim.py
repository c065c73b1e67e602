"""Of two agents with one name exactly one goes on, whatever the order in which they hear of each other."""

from itertools import permutations

import pytest

from contract.messages import Claim
from edge.buffer.claim import CHALLENGE_EVERY_S, GONE_AFTER_S, GRACE_S, MOST_RIVALS, Name, Verdict


def name(instance: str, epoch: int = 7, settled: bool = False) -> Name:
    return Name(Claim(node="edge-1", epoch=epoch, instance=instance, settled=settled), claimed_at=0.0)


def talk(agents: list[Name], now: float) -> None:
    """Each of them says its claim, and what they say to that is heard by all until nobody has more to say."""
    saying = [agent.connected(now) for agent in agents]
    while saying:
        claim = saying.pop(0)
        verdicts = [(agent, agent.heard(claim, now)) for agent in agents]
        saying += [agent.claim for agent, verdict in verdicts if verdict in (Verdict.ANSWER, Verdict.CHALLENGE)]


def test_alone_the_name_is_mine_after_the_grace() -> None:
    mine = name("a")
    mine.connected(now=10.0)

    assert not mine.settled(10.0 + GRACE_S / 2)
    assert mine.settled(10.0 + GRACE_S)
    assert mine.connected(now=500.0).settled


def test_my_own_claim_comes_back_from_the_broker_and_means_nothing() -> None:
    mine = name("a")

    assert mine.heard(mine.claim, 1.0) is Verdict.NOTHING


def test_a_lost_connection_begins_the_grace_anew_since_nobody_could_answer() -> None:
    mine = name("a")
    mine.connected(now=10.0)
    mine.lost()

    assert not mine.settled(60.0)
    mine.connected(now=60.0)
    assert not mine.settled(60.5)


@pytest.mark.parametrize(
    ("settled", "epochs"), [((True, False), (9, 1)), ((False, False), (1, 9)), ((True, True), (1, 9))]
)
@pytest.mark.parametrize("turned", [False, True])
def test_exactly_one_of_two_goes_on(settled: tuple[bool, bool], epochs: tuple[int, int], turned: bool) -> None:
    """The settled one, else the one of the earlier epoch; the first of each pair here."""
    winner, loser = (name(who, epoch, done) for who, epoch, done in zip("wl", epochs, settled, strict=True))
    talk([loser, winner] if turned else [winner, loser], now=10.0)

    assert winner.settled(10.0 + GRACE_S)
    assert not loser.settled(10.0 + GRACE_S)
    assert loser.holder == "w"


def test_of_three_that_start_at_once_exactly_one_goes_on() -> None:
    for order in permutations("abc"):
        agents = [name(instance) for instance in order]
        talk(agents, now=10.0)

        assert [agent.claim.instance for agent in agents if agent.settled(10.0 + GRACE_S)] == ["a"]


@pytest.mark.parametrize("settled", [False, True])
def test_a_claim_that_nobody_stands_behind_changes_nothing_and_is_named_once(settled: bool) -> None:
    mine, forged = name("m", 7, settled), Claim(node="edge-1", epoch=1, instance="a", settled=True)
    mine.connected(now=10.0)

    assert mine.heard(forged, 10.1) is Verdict.CHALLENGE
    assert mine.settled(10.0 + GRACE_S)
    assert mine.silent(10.2) == []
    assert mine.silent(10.2 + GRACE_S) == ["a"]
    assert mine.silent(20.0) == []


def test_a_flood_of_forged_claims_needs_no_room() -> None:
    mine = name("m")
    for number in range(10_000):
        mine.heard(Claim(node="edge-1", epoch=1, instance=f"a{number}", settled=True), 10.0)

    assert len(mine.rivals) == MOST_RIVALS


def test_who_stands_by_takes_over_when_the_other_one_does_not_answer_any_more() -> None:
    winner, loser = name("w", 1, settled=True), name("l", 9)
    talk([winner, loser], now=10.0)
    now, asked = 10.0, 0
    while now < 60.0:
        now += 0.5
        said = loser.challenge(now)
        if said is not None:
            asked += 1
            assert winner.heard(said, now) is Verdict.ANSWER
            loser.heard(winner.claim, now)
        assert not loser.settled(now)
    assert 8 <= asked <= 50 / CHALLENGE_EVERY_S
    while loser.holder:
        now += 0.5
        loser.challenge(now)

    assert now < 60.0 + GONE_AFTER_S + CHALLENGE_EVERY_S
    assert not loser.settled(now)
    assert loser.settled(now + GRACE_S)


def test_a_broken_connection_is_not_taken_for_the_end_of_the_other_one() -> None:
    winner, loser = name("w", 1, settled=True), name("l", 9)
    talk([winner, loser], now=10.0)
    loser.lost()

    assert loser.challenge(100.0) is None
    loser.connected(now=100.0)
    assert loser.challenge(100.5) is not None
    assert not loser.settled(100.5 + GRACE_S)
