"""The end of a state tape → how old the newest data is. Pure."""

from datetime import datetime, timedelta

from contract.sample import State


def newest_data(
    newest_at: datetime | None, newest_state: int | None, now: datetime, no_data_after: timedelta
) -> datetime | None:
    """When the newest state sample was taken, or None when there was never one.

    A tape ends where NO_DATA begins unless another sample comes: ahead of now that is sample + no_data_after.
    Once NO_DATA has begun, its begin is the answer: nothing later is known.
    """
    if newest_at is None:
        return None
    if newest_state == State.NO_DATA and newest_at > now:
        return min(now, newest_at - no_data_after)
    return min(now, newest_at)
