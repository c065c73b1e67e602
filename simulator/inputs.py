"""A state that is made of several tags → what those tags show for each word. Pure."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, islice, product

from config.device import Role, Tag
from config.expression import Value, spoken
from config.made import inputs_of
from config.state_rules import StateWord

# So many sets of values are tried; what no set of them makes is not shown.
MOST_TRIES = 100_000
Shown = Mapping[str, Value]


def shown_for_words(state: Tag, tags: Sequence[Tag]) -> dict[StateWord, Shown]:
    """For each word of a made state, values of its tags by name that make it; tags with a role of their own stay 0."""
    inputs = inputs_of(state, tags)
    free = [tag for tag in inputs if tag.role is Role.PROCESS_VALUE]
    fixed: dict[str, Value] = {spoken(tag.name): 0.0 for tag in inputs if tag not in free}
    tries = product(*(list(dict.fromkeys(_candidates(state, tag))) for tag in free))
    found: dict[StateWord, Shown] = {}
    for values in islice(tries, MOST_TRIES):
        word = _word(state, fixed | {spoken(tag.name): value for tag, value in zip(free, values, strict=True)})
        if word is not None and word not in found:
            found[word] = {tag.name: value for tag, value in zip(free, values, strict=True)}
            if len(found) == len(state.words):
                break
    return found


def _word(state: Tag, values: Shown) -> StateWord | None:
    for rule in state.when:
        holds = rule.condition.holds(values)
        if holds is None:
            return None
        if holds:
            return rule.word
    return state.otherwise


def _candidates(state: Tag, tag: Tag) -> Iterator[Value]:
    """Values that may make a difference: what the tag is compared with, a little more and less, and its bits."""
    name = spoken(tag.name)
    if tag.type != "string":
        yield from (0.0, 1.0)
    for node in (node for rule in state.when for node in ast.walk(ast.parse(rule.condition.text, mode="eval"))):
        names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
        constants = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
        if not isinstance(node, ast.Compare) or name not in names:
            continue
        if tag.type == "string":
            yield from (text for text in constants if isinstance(text, str))
        else:
            numbers = [float(number) for number in constants if isinstance(number, int | float)]
            yield from (number + more for number in numbers for more in (0, 1, -1) if number + more >= 0)
    bits = sorted(_bits(state, name))
    for size in range(1, len(bits) + 1):
        yield from (float(sum(1 << bit for bit in some)) for some in combinations(bits, size))


def _bits(state: Tag, name: str) -> set[int]:
    calls = (
        node.args
        for rule in state.when
        for node in ast.walk(ast.parse(rule.condition.text, mode="eval"))
        if isinstance(node, ast.Call)
    )
    return {
        number.value
        for word, number in calls
        if isinstance(word, ast.Name) and word.id == name
        if isinstance(number, ast.Constant) and isinstance(number.value, int)
    }
