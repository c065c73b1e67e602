"""What a service has loaded is no garbage that is looked for again and again."""

import subprocess
import sys

PROGRAM = """
import gc
from runtime.memory import keep_for_good
loaded = [[n] for n in range(100_000)]
keep_for_good()
print(gc.get_freeze_count() > 100_000, len(gc.get_objects()) < 10_000)
"""


def test_what_is_there_when_a_service_is_ready_is_looked_at_by_no_later_collection() -> None:
    found = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)

    assert found.stdout == "True True\n"
