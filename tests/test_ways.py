"""The two ways that docs/architecture.md describes are those of the code: each file imports or feeds the next."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.test_architecture import rests_on

ROOT = Path(__file__).parents[1]
STEP = re.compile(r"^\d+\. `([\w/]+\.py)`(.*)$")
MOST = 12
Step = tuple[str, str]


def ways(page: str) -> list[list[Step]]:
    """Each list of files of a page, with what is said of each."""
    found: list[list[Step]] = []
    for line in (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("1. `"):
            found.append([])
        if step := STEP.match(line):
            found[-1].append((step[1], step[2]))
    return found


def module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def statements(path: str) -> str:
    """All SQL of the folder of a file, and the file."""
    folder = (ROOT / path).parent
    return "\n".join(p.read_text(encoding="utf-8") for p in [ROOT / path, *folder.glob("*.sql")])


def leads(one: str, other: str, said: str) -> bool:
    """One imports the other or is imported by it; or both know the topic or the table that is named between them."""
    if module(other) in rests_on(module(one)) or module(one) in rests_on(module(other)):
        return True
    named = re.findall(r"`(\w+)`", said)
    texts = [statements(path) for path in (one, other)]
    return any(all(re.search(rf"\b{name}\b", text) for text in texts) for name in named)


@pytest.mark.parametrize("page", ["architecture.md", "architecture.zh.md"])
def test_each_file_of_a_way_imports_or_feeds_the_next(page: str) -> None:
    found = ways(page)

    assert [len(way) for way in found] == [12, 10]
    assert all(len(way) <= MOST for way in found)
    for way in found:
        broken = [(one, other) for (one, _), (other, said) in pairwise(way) if not leads(one, other, said)]
        assert broken == []


def test_both_languages_go_the_same_ways() -> None:
    english, chinese = ([[path for path, _ in way] for way in ways(f"architecture{end}.md")] for end in ("", ".zh"))

    assert english == chinese
