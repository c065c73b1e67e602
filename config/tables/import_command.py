"""`shopfloor tags import`: a table of tags into the plant file, after its difference was shown."""

import sys
from pathlib import Path

from config.file_replace import CannotReplace, replace
from config.load import BadPlantFile, document_of, parse_plant
from config.plant_text import CannotEdit, shared_tags, with_tags
from config.tables.table_file import BadTable
from config.tables.tag_import import Change, Difference, Written, after, compare
from config.tables.tag_table import gathered, read_table

# Some rows were left out; everything else was done.
LEFT_OUT = 1


class CannotImport(ValueError):
    """The table or the plant file cannot be used; the text has one line for each mistake."""


def run(table: Path, path: Path, apply: bool, machine: str = "") -> int:
    """Show what the table would change in the plant file, and write it with `apply`; CannotImport changes nothing.

    Rows with a mistake are told and left out: then the answer is 1.
    """
    content = _bytes(path)
    found, new = _proposal(table, path, content, machine)
    _show(found)
    if not found.changes:
        print(
            "nothing to do: the plant file has it all 无需修改" if not found.mistakes else "nothing is written 未写入"
        )
    elif not apply:
        print("nothing is written yet: the same with --apply writes it 尚未写入，加 --apply 写入")
    else:
        try:
            replace(path.resolve(), content, new.encode())
        except CannotReplace as err:
            raise CannotImport(str(err)) from err
        print(f"{path} is written; an edge agent takes it with SIGHUP 已写入，向边缘代理发送 SIGHUP 后生效")
    for line in gathered(found.mistakes):
        print(f"{table}: {line}", file=sys.stderr)
    left_out = len({mistake.number for mistake in found.mistakes})
    if left_out:
        print(f"{table}: rows left out: {left_out} 已跳过 {left_out} 行", file=sys.stderr)
    return LEFT_OUT if left_out else 0


def _proposal(table: Path, path: Path, content: bytes, machine: str) -> tuple[Difference, str]:
    """The difference, and the plant file as it would be."""
    try:
        text = content.decode("utf-8")
        plant = parse_plant(text)
        rows, mistakes = read_table(_bytes(table), machine)
        shared = shared_tags(text, dict.fromkeys(row.machine for row in rows))
        found = compare(rows, plant, _written(text), shared)
        found.mistakes += mistakes
        new = with_tags(text, [change.edit for change in found.changes])
        right = parse_plant(new)
    except UnicodeDecodeError as err:
        raise CannotImport(f"{path}: is not UTF-8: save it as UTF-8") from err
    except BadPlantFile as err:
        raise CannotImport("\n".join(f"{path}: {line}" for line in str(err).splitlines())) from err
    except BadTable as err:
        raise CannotImport(f"{table}: {err}") from err
    except CannotEdit as err:
        raise CannotImport(f"{path}: {err}") from err
    if right != after(plant, found.changes):
        raise CannotImport(f"{path}: is written in a way that a program cannot change: write these tags by hand")
    return found, new


def _show(found: Difference) -> None:
    """A line for each tag, and what there is of everything else."""
    for change in found.changes:
        print(f"{'+' if change.new else '~'} {change.row.machine}/{change.row.name}  {_keys(change)}")
    for row, name in found.elsewhere:
        print(f"= {row.machine}/{row.name}  is there already as '{name}'")
    new = sum(change.new for change in found.changes)
    print(
        f"{new} added, {len(found.changes) - new} changed, {found.same + len(found.elsewhere)} the same; "
        f"{found.left_alone} tags of the plant file are not in the table and stay "
        f"新增 {new}，修改 {len(found.changes) - new}，其余不变"
    )


def _keys(change: Change) -> str:
    if change.new:
        return ", ".join(f"{key}: {value}" for key, (_, value) in change.keys.items())
    return ", ".join(
        f"{key}: {'(default)' if old is None else old} → {value}" for key, (old, value) in change.keys.items()
    )


def _written(text: str) -> Written:
    """Each tag as the file has it; machines that templates make are not there."""
    lines = document_of(text).get("lines")
    machines = [m for line in lines for m in line["machines"]] if isinstance(lines, list) else []
    own = [machine for machine in machines if "template" not in machine]
    return {(machine["id"], tag["name"]): tag for machine in own for tag in machine["tags"]}


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as err:
        raise CannotImport(f"{path}: cannot be read ({err.strerror}): give the path of a file") from err
