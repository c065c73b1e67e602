"""Old versions of facts are forgotten where the plant file says so; by default they are kept for ever."""

from datetime import datetime, timedelta

import psycopg
import structlog
from psycopg.rows import TupleRow

from runtime.database import queries

log = structlog.get_logger()
SQL = queries("mes.keeper")
MOST_ROWS = 20_000


def forget_versions(conn: psycopg.Connection[TupleRow], keep: timedelta | None, now: datetime) -> int:
    """Rows of what was once believed and was corrected longer than `keep` ago are deleted; how many.

    What is known now is never touched. `versions_since` moves first: nobody is told half a past.
    """
    if keep is None:
        return 0
    before, count = {"before": now - keep}, 0
    conn.execute(SQL["versions_kept_since"], before)
    for name in ("forget_state_versions", "forget_product_versions", "forget_step_versions"):
        while (rows := conn.execute(SQL[name], before | {"most": MOST_ROWS}).rowcount) > 0:
            count += rows
    if count:
        log.info("versions_forgotten", rows=count, keep_days=keep.days)
    return count
