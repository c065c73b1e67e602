"""One vocabulary: each term of the glossary is used, and no word that it replaces is."""

import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("config", "contract", "runtime", "edge", "collector", "mes", "alerts", "simulator", "laptop", "verify")
# Words of our own language that have another meaning elsewhere: an OPC UA server rejects, a message is refused.
ONLY_IN = {
    "unread": ("mes", "collector", "contract"),
    "reject": ("mes/kpi", "mes/facts", "verify"),
    "flight": ("mes", "verify"),
    "basis": ("mes", "contract"),
}


def rows(page: str) -> list[list[str]]:
    lines = (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return cells[1:]


TERMS = [row[0] for row in rows("glossary.md")]
BANNED = [row[2] for row in rows("glossary.md") if row[2]]


def sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*")) if "static" not in path.parts]
    return [path for path in found if path.suffix in (".py", ".sql")]


def words_of(path: Path) -> set[str]:
    """Every word in names and comments of a file, names cut at underscores and capitals."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        kinds = (tokenize.NAME, tokenize.COMMENT, tokenize.STRING)
        text = " ".join(t.string for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type in kinds)
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", text)}


def test_both_languages_have_the_same_terms() -> None:
    chinese = [row[0] for row in rows("glossary.zh.md")]

    assert chinese == TERMS
    assert len(TERMS) == len(set(TERMS))
    assert all(cell for row in rows("glossary.zh.md") for cell in row)


@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_used(term: str) -> None:
    pages = [path for path in (ROOT / "docs").glob("*.md") if not path.name.startswith("glossary")]
    texts = (path.read_text(encoding="utf-8").lower() for path in [*sources(*PACKAGES), *pages])
    spelled = re.compile(r"(?<![a-z])" + "[ _]".join(re.escape(word) for word in term.lower().split()))

    assert any(spelled.search(text) for text in texts)


@pytest.mark.parametrize("word", BANNED)
def test_a_word_that_another_one_replaces_is_not_used(word: str) -> None:
    *_, wanted = word.split()
    used = [str(path.relative_to(ROOT)) for path in sources(*ONLY_IN.get(word, PACKAGES)) if wanted in words_of(path)]

    assert used == []


@pytest.mark.parametrize(
    "word", [word for word in BANNED if word not in ("reject", "flight", "basis") and " " not in word]
)
def test_the_docs_do_not_use_it_either(word: str) -> None:
    pages = [path for path in (ROOT / "docs").glob("*.md") if not path.name.startswith("glossary")]
    used = [path.name for path in pages if re.search(rf"\b{word}\b", path.read_text(encoding="utf-8"), re.IGNORECASE)]

    assert used == []
