"""What was said to be kept is kept through kill -9."""

import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from contract.frame import decode
from edge.buffer.journal import Journal
from tests.edge.buffer.frames import START

ROUNDS = 10
MOST_AT_ONCE = 5
# Keeps frames for ever, and says each one's epoch and number after append has returned.
WRITER = f"""
import random, sys
from pathlib import Path
from edge.buffer.journal import Journal
from tests.edge.buffer.frames import START, entry

chance = random.Random(int(input()))
journal = Journal(Path(sys.argv[1]), START)
while True:
    entries = [entry(count=chance.randint(1, 50)) for _ in range(chance.randint(1, {MOST_AT_ONCE}))]
    for kept in journal.append(entries):
        sys.stdout.write(f"{{kept.epoch}} {{kept.seq}}\\n")
        sys.stdout.flush()
"""
Writer = subprocess.Popen[str]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "edge-1.journal"


@pytest.fixture
def writers(path: Path) -> Iterator[list[Writer]]:
    """Processes that have their modules loaded and wait for a seed to begin."""
    command = [sys.executable, "-c", WRITER, str(path)]
    made = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(ROUNDS)]
    yield made
    for writer in made:
        with writer:
            writer.kill()


def killed(writer: Writer, seed: int) -> set[tuple[int, int]]:
    """Let it write, kill it at a moment that the seed chooses; all (epoch, seq) that it has said."""
    chance = random.Random(seed)
    assert writer.stdin is not None
    assert writer.stdout is not None
    writer.stdin.write(f"{seed}\n")
    writer.stdin.flush()
    said = [writer.stdout.readline() for _ in range(chance.choice([0, 1, 5, 50, 200]))]
    time.sleep(chance.uniform(0, 0.02))
    writer.kill()
    said += writer.stdout.read().splitlines()
    writer.wait()
    return {(int(epoch), int(seq)) for epoch, seq in (line.split() for line in said)}


def test_no_frame_that_was_said_to_be_kept_is_lost_by_kill_9(path: Path, writers: list[Writer]) -> None:
    """Takes seconds: each of the ten processes imports the edge anew, and they follow one another on one journal."""
    first = random.SystemRandom().randrange(1_000_000)
    said: set[tuple[int, int]] = set()
    for number, writer in enumerate(writers):
        print(f"round {number}: seed {first + number}")

        said |= killed(writer, first + number)

        with closing(Journal(path, START)) as journal:
            kept = {(frame.epoch, frame.seq): frame.payload for frame in journal.after(0, 1_000_000)}
        numbers = defaultdict(list)
        for epoch, seq in kept:
            numbers[epoch].append(seq)
        assert said <= kept.keys()
        for epoch, seqs in numbers.items():
            assert list(range(1, len(seqs) + 1)) == seqs
            assert len(seqs) <= max((seq for e, seq in said if e == epoch), default=0) + MOST_AT_ONCE
    assert len(said) > ROUNDS
    assert all(key == (decode(payload).epoch, decode(payload).seq) for key, payload in kept.items())
