"""`shopfloor client`, as a person calls it."""

import os
import subprocess

from tests.support.program import finished


def clean(database: str) -> dict[str, str]:
    """The environment of a command: no setting but the database."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("SHOPFLOOR_")}
    return own | {"SHOPFLOOR_DATABASE": database}


def shopfloor_client(database: str, *words: str) -> subprocess.CompletedProcess[str]:
    return finished(["client", *words], clean(database))


def key_of(database: str, *words: str) -> str:
    """The key that `add` or `rotate` prints."""
    done = shopfloor_client(database, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()
