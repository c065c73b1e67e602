"""Small C programs with libmodbus, so that what stands beside us or feeds us costs little itself."""

import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).parent
MISSING = "not measured, libmodbus or a C compiler is not installed (Debian: libmodbus-dev, gcc, pkg-config)"


def built(name: str, folder: Path) -> Path | None:
    """The program of `name`.c in a folder, or None without a compiler or libmodbus."""
    program = folder / name
    if shutil.which("cc") is None or shutil.which("pkg-config") is None:
        return None
    with suppress(subprocess.CalledProcessError):
        found = subprocess.run(
            ["pkg-config", "--cflags", "--libs", "libmodbus"], check=True, capture_output=True, text=True
        )
        command = ["cc", "-O2", "-o", program, HERE / f"{name}.c", *found.stdout.split()]
        subprocess.run(command, check=True, capture_output=True)
        return program
    return None
