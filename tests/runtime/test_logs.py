"""What a log holds of a mistake of ours: where it was made, and nothing that was in a variable."""

import json
import subprocess
import sys

PROGRAM = """
import structlog
from runtime.logs import start_logging

def ask(key):
    raise KeyError("press-9")

start_logging("mes")
try:
    ask("top-secret-key")
except KeyError:
    structlog.get_logger().error("request_failed", exc_info=True)
"""


def test_a_traceback_names_place_and_reason_and_no_variable() -> None:
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stderr

    line = json.loads(told)
    [mistake] = line["exception"]
    assert (line["service"], mistake["exc_type"], mistake["exc_value"]) == ("mes", "KeyError", "'press-9'")
    assert [frame["name"] for frame in mistake["frames"]] == ["<module>", "ask"]
    assert "top-secret-key" not in told
