"""How much of the heavy few a run does: a tenth in `make test`, all of it in `make test-all` and `make chaos`.

SHOPFLOOR_TEST_SIZE says which, `small` or `whole`. What is smaller is only how many days, seeds, messages or cases
there are: no test and no check is left out.
"""

import os

SIZES = ("small", "whole")
SIZE = os.environ.get("SHOPFLOOR_TEST_SIZE", "small")
if SIZE not in SIZES:
    raise SystemExit(f"SHOPFLOOR_TEST_SIZE: {SIZE!r} is none of {', '.join(SIZES)}")
WHOLE = SIZE == "whole"


def sized(whole: int, at_least: int = 1) -> int:
    """So many in a whole run; a tenth of it, and no fewer than `at_least`, in a small one."""
    return whole if WHOLE else max(at_least, whole // 10)
