"""Our engine meets every vector through the same adapter that any other system would use."""

import json
from collections import Counter

import pytest

from tests.conformance.generate import FOLDER, files, text
from tests.conformance.run import OURS, answers, differences, vectors
from tests.conformance.verified import expected

ALL = vectors()


@pytest.fixture(scope="module")
def ours() -> dict[str, dict[str, object]]:
    return answers(OURS, ALL)


@pytest.mark.parametrize("vector", ALL, ids=[vector["id"] for vector in ALL])
def test_our_engine_meets_the_vector(vector: dict[str, object], ours: dict[str, dict[str, object]]) -> None:
    assert list(differences(vector, ours.get(str(vector["id"])))) == []


def test_there_are_at_least_120_vectors_and_each_says_how_it_was_derived() -> None:
    derivations = Counter(str(vector["derivation"]) for vector in ALL)

    assert len({vector["id"] for vector in ALL}) == len(ALL) >= 120
    assert set(derivations) == {"hand", "verifier", "public example"}
    assert all(vector["source"]["url"].startswith("https://") for vector in ALL if "source" in vector)
    assert all("source" in vector for vector in ALL if vector["derivation"] == "public example")
    assert all(vector["expect"]["kpis"] or vector["expect"]["elements"] for vector in ALL)


@pytest.mark.parametrize("vector", [one for one in ALL if "planned" in one["calendar"]], ids=lambda one: str(one["id"]))
def test_the_verifier_meets_the_vector(vector: dict[str, object]) -> None:
    """It knows no calendar: vectors with shifts by the clock on the wall are not for it."""
    assert list(differences(vector, expected(vector))) == []


def test_the_files_are_what_is_written_by_hand_and_what_the_verifier_says() -> None:
    for name, found in files().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text(found), f"run generate.py: {name}"


def test_a_wrong_answer_is_seen_and_a_missing_one_too() -> None:
    vector = next(one for one in ALL if one["id"] == "half-dark")
    right = json.loads(json.dumps(vector["expect"]))
    wrong = {"elements": right["elements"], "kpis": right["kpis"] | {"oee": {"value": "1"}}}

    assert list(differences(vector, right)) == []
    assert any(line.startswith("oee.value") for line in differences(vector, wrong))
    assert list(differences(vector, {})) != []
    assert list(differences(vector, None)) == ["no answer"]
