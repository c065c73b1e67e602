"""Of two agents with one name exactly one goes on, whatever the order in which they hear of each other."""

from itertools import permutations

import pytest

from contract.messages import Claim
from edge.claim import GRACE_S, Name, Verdict


def name(instance: str, epoch: int = 7, settled: bool = False) -> Name:
    return Name(Claim(node="edge-1", epoch=epoch, instance=instance, settled=settled))


def test_alone_the_name_is_mine_after_the_grace() -> None:
    mine = name("a")
    mine.connected(now=10.0)

    assert not mine.settled(10.0 + GRACE_S / 2)
    assert mine.settled(10.0 + GRACE_S)
    assert mine.connected(now=500.0).settled


def test_my_own_claim_comes_back_from_the_broker_and_means_nothing() -> None:
    mine = name("a")

    assert mine.heard(mine.claim) is Verdict.NOTHING


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
def test_exactly_one_of_two_goes_on(settled: tuple[bool, bool], epochs: tuple[int, int]) -> None:
    """The settled one, else the one of the earlier epoch; the first of each pair here."""
    winner, loser = (name(who, epoch, done) for who, epoch, done in zip("wl", epochs, settled, strict=True))

    assert winner.heard(loser.claim) is Verdict.ANSWER
    assert loser.heard(winner.claim) is Verdict.GIVE_WAY


def test_of_three_that_start_at_once_exactly_one_goes_on() -> None:
    for order in permutations("abc"):
        names = [name(instance) for instance in order]
        left = [one for one in names if not any(one.heard(other.claim) is Verdict.GIVE_WAY for other in names)]

        assert [one.claim.instance for one in left] == ["a"]
