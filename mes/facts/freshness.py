"""The end of a state tape → how old the newest data is; how long a sample holds. Pure."""

from datetime import datetime, timedelta

from config.device import Machine, Tag
from config.made import pace_of
from config.plant import Plant
from contract.sample import State

# So many polls or heartbeats may pass before the value that a tag had is none any more.
READINGS = 2


def holds_for(plant: Plant, machine: Machine, tag: Tag) -> timedelta:
    """How long a sample of a tag tells what is so, where no other one comes."""
    device = plant.device(machine.device)
    return max(machine.no_data_after, READINGS * max(pace_of(tag, machine.tags, device), device.heartbeat))


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
