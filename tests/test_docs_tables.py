"""What the docs say of the database is there: whoever copies a query from them gets rows, not an error."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").glob("*.md")]
TABLES = {
    name
    for path in (ROOT / "contract/migrations").glob("*.sql")
    for name in re.findall(r"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?(\w+)", path.read_text(encoding="utf-8"))
}
# "table `sample`", "tables `a` and `b`", 表 `a` 与 `b`, a query, and where a gap is on record by the page of delivery.
NAMED = re.compile(
    r"(?:tables?|(?<!的)表) ((?:`\w+`(?:, | and |、| 与 )?)+)|FROM (\w+) |^\| `(\w+)` \| `(?:missing|dropped)`",
    re.MULTILINE,
)


def named(page: Path) -> set[str]:
    found = NAMED.findall(page.read_text(encoding="utf-8"))
    return {name for cells in found for cell in cells for name in re.findall(r"\w+", cell) if name not in ("and", "与")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_table_that_the_docs_name_exists(page: Path) -> None:
    assert named(page) - TABLES == set()
