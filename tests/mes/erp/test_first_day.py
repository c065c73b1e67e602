"""The first day of an ERP, by the commands of docs/erp.md in both languages: they print what the page says."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.mes.orders.quantities.test_routes import made
from tests.mes.running import mes
from tests.support.eventually import eventually
from tests.support.size import WHOLE

ADDRESS = "http://127.0.0.1:8080"
SECTION = {"erp.md": "The first day", "erp.zh.md": "第一天"}
END = "-- end of the answer --"
# Numbers follow a change within a second.
WITHIN_S = 20


def blocks(page: str) -> list[tuple[str, str]]:
    """The commands of the section, each with what it prints; nothing where the page does not say."""
    text = Path("docs", page).read_text(encoding="utf-8")
    section = re.split(r"^## (.*)$", text, flags=re.MULTILINE)
    body = section[section.index(SECTION[page]) + 1]
    return re.findall(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", body, re.MULTILINE | re.DOTALL)


@contextmanager
def shell(folder: Path) -> Iterator[Callable[[str], str]]:
    """What a person types into one shell, block after block; what each prints."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd())}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(["bash"], cwd=folder, env=environment, text=True, **pipes) as bash:  # type: ignore[call-overload]
        assert bash.stdin is not None
        assert bash.stdout is not None

        def typed(commands: str) -> str:
            bash.stdin.write(f"{commands}\necho '{END}'\n")
            bash.stdin.flush()
            said = list(iter(bash.stdout.readline, f"{END}\n"))
            return "".join(said).replace("\r", "").removeprefix("\ufeff")

        yield typed
        bash.stdin.close()


def test_both_languages_have_the_same_commands_and_answers() -> None:
    assert blocks("erp.md") == blocks("erp.zh.md")
    assert len(blocks("erp.md")) == 9


# Both languages have the same commands: a small run types them once.
@pytest.mark.parametrize("page", SECTION if WHOLE else list(SECTION)[:1])
def test_the_commands_of_the_page_print_what_it_says(
    database: str, free_port: Callable[[], int], tmp_path: Path, page: str
) -> None:
    made(database)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/database.url").write_text(database, encoding="utf-8")
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])
    wrong = []
    with mes(database, free_port(), tmp_path / "mes.log") as running, shell(tmp_path) as typed:
        for commands, printed in blocks(page):
            said = [""]

            def right(commands: str = commands, printed: str = printed, said: list[str] = said) -> bool:
                said[0] = typed(commands.replace(ADDRESS, running.url))
                return said[0] == printed

            try:
                eventually(commands, right, WITHIN_S)
            except AssertionError:
                wrong.append((commands, printed, said[0]))

    assert wrong == []
