"""A condition over tags, as written in the plant file → what it says of their values. Pure.

Python's own parser reads it, an allow-list of its parts is compiled, and nothing is ever executed.
A tag that is not known makes unknown what depends on it: `fault or x` is true when fault is, whatever x may be.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Value = float | str | None
Values = Mapping[str, Value]
Compute = Callable[[Values], Value]
LONGEST = 500
HIGHEST_BIT = 31
HOW = "allowed are tags, numbers, 'texts', and, or, not, < <= == != >= >, in (1, 2), + - * / and bit(tag, number)"
COMPARE: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
CALCULATE: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass(frozen=True, slots=True)
class Expression:
    """`numbers` and `texts` are the tags that it reads, a hyphen in a tag's name written as an underscore."""

    text: str
    numbers: frozenset[str]
    texts: frozenset[str]
    compute: Compute = field(repr=False, compare=False)

    def __reduce__(self) -> tuple[Callable[[object], "Expression"], tuple[str]]:
        """It goes to another process as its text."""
        return parse_expression, (self.text,)

    @property
    def names(self) -> frozenset[str]:
        """All tags that it reads."""
        return self.numbers | self.texts

    def holds(self, values: Values) -> bool | None:
        """Whether it is true of these values; None when that cannot be said because a tag is None."""
        return _truth(self.compute(values))


def spoken(tag: str) -> str:
    """The name of a tag in an expression: a hyphen would be a minus."""
    return tag.replace("-", "_")


def parse_expression(text: object) -> Expression:
    """The expression, or ValueError that names what is wrong and what may be written instead."""
    if not isinstance(text, str) or not text.strip():
        raise ValueError("an expression is a text such as 'running and not fault'")
    if len(text) > LONGEST:
        raise ValueError(f"an expression has {LONGEST} characters at most: make several conditions of it")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as err:
        raise ValueError(f"not an expression (column {err.offset}: {err.msg}): {HOW}") from err
    except (ValueError, RecursionError, MemoryError) as err:
        raise ValueError(f"not an expression: {HOW}") from err
    compiler = _Compiler()
    compute = compiler.value(tree)
    both = sorted(compiler.numbers & compiler.texts)
    if both:
        raise ValueError(f"'{both[0]}' is compared with a text and used as a number: it is one of them")
    return Expression(text.strip(), frozenset(compiler.numbers), frozenset(compiler.texts), compute)


class _Compiler:
    """Nodes that are allowed → functions of the values; notes the tags on its way."""

    def __init__(self) -> None:
        self.numbers: set[str] = set()
        self.texts: set[str] = set()

    def value(self, node: ast.expr) -> Compute:
        """What a node computes; a truth is 1 or 0."""
        match node:
            case ast.Name(id=name):
                self.numbers.add(name)
                found: Compute = _named(name)
            case ast.Constant(value=bool() | int() | float() as number):
                found = _constant(float(number))
            case ast.BoolOp(op=op, values=parts):
                found = _any_or_all([self.value(part) for part in parts], decides=isinstance(op, ast.Or))
            case ast.UnaryOp(op=ast.Not(), operand=part):
                found = _negated(self.value(part))
            case ast.UnaryOp(op=ast.USub(), operand=part):
                found = _calculated(operator.sub, _constant(0.0), self.value(part))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in CALCULATE:
                found = _calculated(CALCULATE[type(op)], self.value(left), self.value(right))
            case ast.Compare(left=left, ops=ops, comparators=rights):
                pairs = zip([left, *rights], ops, rights, strict=False)
                found = _any_or_all([self._compared(*pair) for pair in pairs], decides=False)
            case ast.Call(func=ast.Name(id="bit"), args=[word, ast.Constant(value=int(number))], keywords=[]):
                if not 0 <= number <= HIGHEST_BIT:
                    raise ValueError(f"bit {number}: bits are counted from 0, the lowest, to {HIGHEST_BIT}")
                found = _bit(self.value(word), number)
            case _:
                raise ValueError(f"'{ast.unparse(node)}' is not allowed in an expression: {HOW}")
        return found

    def _compared(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Compute:
        if isinstance(op, ast.Eq | ast.NotEq):
            return self._one_of(left, [right], wanted=isinstance(op, ast.Eq))
        if isinstance(op, ast.In | ast.NotIn):
            if not isinstance(right, ast.Tuple | ast.List) or not right.elts:
                raise ValueError(f"'{ast.unparse(right)}': after 'in' stands a list such as (1, 2)")
            return self._one_of(left, right.elts, wanted=isinstance(op, ast.In))
        if type(op) not in COMPARE:
            raise ValueError(f"'is' compares nothing here, write == or !=: {HOW}")
        return _calculated(COMPARE[type(op)], self.value(left), self.value(right))

    def _one_of(self, left: ast.expr, rights: list[ast.expr], *, wanted: bool) -> Compute:
        sides = [left, *rights]
        if any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in sides):
            found = [self._text(side) for side in sides]
        else:
            found = [self.value(side) for side in sides]
        one_of = _any_or_all([_equal(found[0], other) for other in found[1:]], decides=True)
        return one_of if wanted else _negated(one_of)

    def _text(self, node: ast.expr) -> Compute:
        match node:
            case ast.Name(id=name):
                self.texts.add(name)
                return _named(name)
            case ast.Constant(value=str(text)):
                return _constant(text)
        raise ValueError(f"'{ast.unparse(node)}' is compared with a text and is none: write a tag or a 'text'")


def _truth(value: Value) -> bool | None:
    return None if value is None else bool(value)


def _named(name: str) -> Compute:
    return lambda values: values[name]


def _constant(value: Value) -> Compute:
    return lambda _: value


def _negated(part: Compute) -> Compute:
    def compute(values: Values) -> Value:
        truth = _truth(part(values))
        return None if truth is None else float(not truth)

    return compute


def _any_or_all(parts: list[Compute], *, decides: bool) -> Compute:
    """`or` where true decides, `and` where false does; where nothing decides and something is unknown, None."""

    def compute(values: Values) -> Value:
        unknown = False
        for part in parts:
            truth = _truth(part(values))
            if truth is decides:
                return float(decides)
            unknown |= truth is None
        return None if unknown else float(not decides)

    return compute


def _calculated(apply: Callable[[float, float], float], left: Compute, right: Compute) -> Compute:
    def compute(values: Values) -> Value:
        one, other = left(values), right(values)
        if not isinstance(one, float) or not isinstance(other, float):
            return None
        try:
            result = float(apply(one, other))
        except ZeroDivisionError:
            return None
        return result if math.isfinite(result) else None

    return compute


def _equal(left: Compute, right: Compute) -> Compute:
    def compute(values: Values) -> Value:
        one, other = left(values), right(values)
        return None if one is None or other is None else float(one == other)

    return compute


def _bit(word: Compute, number: int) -> Compute:
    def compute(values: Values) -> Value:
        value = word(values)
        if not isinstance(value, float) or not value.is_integer():
            return None
        return float(int(value) >> number & 1)

    return compute
