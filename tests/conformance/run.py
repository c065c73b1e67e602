"""Give every vector to a system through its adapter: python tests/conformance/run.py --adapter 'command'."""

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parent / "vectors"
OURS = f"{shlex.quote(sys.executable)} {shlex.quote(str(Path(__file__).parent / 'adapter.py'))}"


def vectors(folder: Path = VECTORS) -> list[dict[str, Any]]:
    """All vectors, by file and then in their order."""
    files = sorted(folder.glob("*.json"))
    return [vector for file in files for vector in json.loads(file.read_text(encoding="utf-8"))]


def answers(adapter: str, asked: Sequence[Mapping[str, Any]], folder: Path | None = None) -> dict[str, dict[str, Any]]:
    """What the adapter says, by id; CalledProcessError when it fails."""
    lines = (json.dumps({k: v for k, v in one.items() if k != "expect"}) for one in asked)
    done = subprocess.run(
        shlex.split(adapter), input="\n".join(lines) + "\n", capture_output=True, text=True, check=True, cwd=folder
    )
    found = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    return {one["id"]: one for one in found}


def differences(vector: Mapping[str, Any], answer: Mapping[str, Any] | None) -> Iterator[str]:
    """Where an answer is not what the vector expects; names that it does not expect are not looked at."""
    if answer is None:
        yield "no answer"
        return
    for name, number in vector["expect"].get("elements", {}).items():
        if answer.get("elements", {}).get(name) != number:
            yield f"{name}: {answer.get('elements', {}).get(name)} instead of {number}"
    for name, wanted in vector["expect"].get("kpis", {}).items():
        given = answer.get("kpis", {}).get(name, {})
        for key, number in wanted.items():
            if given.get(key, "missing") != number:
                yield f"{name}.{key}: {given.get(key, 'missing')} instead of {number}"


def main() -> int:
    """0 when every vector is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--adapter", default=OURS, help="the command that answers vectors; default: our engine")
    asked, adapter = vectors(), parser.parse_args().adapter
    found, failed = answers(adapter, asked), 0
    for vector in asked:
        wrong = list(differences(vector, found.get(vector["id"])))
        failed += bool(wrong)
        print(f"{'FAIL' if wrong else 'ok  '} {vector['id']}: {vector['title']}")
        for line in wrong:
            print(f"       {line}")
    print(f"{len(asked) - failed} of {len(asked)} vectors met")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
