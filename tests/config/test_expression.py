"""Conditions over tags: what they say, what they refuse, and that they never guess."""

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.expression import LONGEST, parse_expression
from config.load import load_plant

VALUES = {"run": 1.0, "fault": 0.0, "speed": 6.5, "mode": 3.0, "word": 5.0, "recipe": "A-1", "lost": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("run", True),
        ("run and not fault", True),
        ("fault or speed > 5 and mode == 3", True),
        ("(fault or run) and speed < 5", False),
        ("mode in (1, 2, 3)", True),
        ("mode not in (1, 2, 3)", False),
        ("0 < speed <= 6.5", True),
        ("speed != 6.5", False),
        ("speed * 2 - 1 >= 12", True),
        ("-speed < -6", True),
        ("bit(word, 0) and not bit(word, 1) and bit(word, 2)", True),
        ("recipe == 'A-1'", True),
        ("recipe in ('B-1', 'B-2')", False),
        ("run == True", True),
        ("lost", None),
        ("not lost", None),
        ("lost > 3", None),
        ("run and lost", None),
        ("fault and lost", False),
        ("run or lost", True),
        ("lost in (1, 2)", None),
        ("bit(lost, 3)", None),
        ("bit(speed, 0)", None),
        ("speed / fault > 1", None),
        ("speed * 1e308 * 1e308 > 1", None),
    ],
)
def test_what_a_condition_says(text: str, expected: bool | None) -> None:
    assert parse_expression(text).holds(VALUES) is expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "an expression is a text such as"),
        ("run &", "not an expression (column"),
        ("run & fault", "'run & fault' is not allowed in an expression: allowed are tags"),
        ("__import__('os').system('true')", "is not allowed in an expression"),
        ("run.real", "'run.real' is not allowed"),
        ("word[0]", "'word[0]' is not allowed"),
        ("[x for x in word]", "is not allowed"),
        ("lambda: run", "is not allowed"),
        ("(run := 1)", "is not allowed"),
        ("2 ** 9 ** 9", "is not allowed"),
        ("run if fault else mode", "is not allowed"),
        ("f'{run}'", "is not allowed"),
        ("'text'", "is not allowed"),
        ("run is fault", "write == or !="),
        ("mode in word", "after 'in' stands a list such as (1, 2)"),
        ("mode in ()", "after 'in' stands a list such as (1, 2)"),
        ("bit(word, 32)", "bits are counted from 0"),
        ("bit(word)", "is not allowed"),
        ("abs(speed) > 2", "'abs(speed)' is not allowed"),
        ("recipe == 'A' and recipe > 3", "'recipe' is compared with a text and used as a number"),
        ("recipe in ('A', 3)", "'3' is compared with a text and is none"),
        ("(" * 300 + "run" + ")" * 190, "not an expression"),
        ("run " + " or run" * LONGEST, f"{LONGEST} characters at most"),
    ],
)
def test_what_is_not_allowed_is_named_with_its_cure(text: str, complaint: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  - the text is compared below
        parse_expression(text)

    assert complaint in str(caught.value)


def test_the_tags_that_it_reads_are_known() -> None:
    parsed = parse_expression("door_open and recipe == 'A' or bit(word, 3)")

    assert (parsed.numbers, parsed.texts) == ({"door_open", "word"}, {"recipe"})


TERMS = st.sampled_from(["a", "b", "c", "a > 1", "b == c", "bit(a, 0)", "a + b < c", "c in (0, 2)"])
TEXTS = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        inner.map(lambda one: f"not ({one})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda parts: "({} {} {})".format(*parts)),
    ),
    max_leaves=6,
)
NUMBERS = st.integers(0, 3).map(float)


@given(
    TEXTS, st.fixed_dictionaries({name: st.none() | NUMBERS for name in "abc"}), st.tuples(NUMBERS, NUMBERS, NUMBERS)
)
def test_what_is_said_without_a_tag_is_true_whatever_that_tag_may_be(
    text: str, known: dict[str, float | None], others: tuple[float, float, float]
) -> None:
    parsed = parse_expression(text)
    complete = {n: other if known[n] is None else known[n] for n, other in zip("abc", others, strict=True)}

    said = parsed.holds(known)

    assert said is None or said is parsed.holds(complete)
    assert parsed.holds(complete) is bool(eval(text, {"bit": lambda word, n: int(word) >> n & 1}, complete))


def test_every_plant_that_is_an_example_goes_to_another_process_as_it_is() -> None:
    """The workers of mes get it so; one that cannot go would leave every heavy question without an answer."""
    for path in (Path("config/demo.yaml"), Path("config/plant.example.yaml")):
        plant = load_plant(path)

        assert pickle.loads(pickle.dumps(plant)) == plant

    expression = parse_expression("run and speed > 5")
    assert pickle.loads(pickle.dumps(expression)).holds({"run": 1.0, "speed": 6.0}) is True
