"""Tells somebody outside that alerts judges and sends; that it stops is what the other one is to notice."""

import threading
import time
from collections.abc import Callable

import structlog

from alerts.channels.courier import Courier
from alerts.channels.message import NotDelivered
from alerts.channels.webhook import address_of, ping, secrets_in
from config.channels import Heartbeat
from runtime.health import Part
from runtime.settings import Settings

log = structlog.get_logger()
LOOK_EVERY_S = 0.5
# After a ping that has failed; never later than the next one is due.
AGAIN_AFTER_S = 30.0
# A message that nobody has taken for so long, spare channels included, is an outage.
OUTAGE_S = 120.0


def outage_of(couriers: list[Courier]) -> str:
    """Which channel lets messages wait for too long, and why; empty when none does."""
    for courier in couriers:
        backlog, trouble = courier.backlog, courier.readiness.trouble
        if backlog.oldest_s > OUTAGE_S and (trouble is not None or backlog.refused):
            reason = trouble.reason if trouble is not None else backlog.answer
            return f"channel {courier.channel.id} has taken nothing for {backlog.oldest_s:.0f} s ({reason})"
    return ""


class HeartbeatLoop(threading.Thread):
    """Pings until the service ends; not while `outage` says why it must not."""

    def __init__(
        self,
        heartbeat: Heartbeat,
        settings: Settings,
        outage: Callable[[], str],
        ending: threading.Event,
        beat: Callable[[], None],
    ) -> None:
        # A daemon, as the couriers: a watchdog that hangs holds up nothing.
        super().__init__(name="heartbeat", daemon=True)
        self.address = address_of(heartbeat.url_env, "heartbeat", settings)
        self.every_s = heartbeat.every.total_seconds()
        self.outage, self.ending, self.beat = outage, ending, beat
        self.trouble = ""
        self.due_at = 0.0

    def run(self) -> None:
        """One after another."""
        while not self.ending.is_set():
            self.beat()
            if time.monotonic() >= self.due_at:
                self._turn()
            self.ending.wait(LOOK_EVERY_S)

    def _turn(self) -> None:
        before, self.trouble = self.trouble, self._pinged()
        wait_s = min(AGAIN_AFTER_S, self.every_s) if self.trouble else self.every_s
        self.due_at = time.monotonic() + wait_s
        if self.trouble and not before:
            log.warning("heartbeat_missed", reason=self.trouble)
        elif before and not self.trouble:
            log.info("heartbeat_again")

    def _pinged(self) -> str:
        """Why there was no ping, empty when there was one."""
        outage = self.outage()
        if outage:
            return f"withheld: {outage}"
        try:
            ping(self.address, secrets_in(self.address))
        except NotDelivered as err:
            return f"the watchdog did not take it: {err.refusal.reason}"
        return ""

    def part(self) -> Part:
        """For /health/ready."""
        cure = "mend what is named here; whoever watches from outside has been without a ping since"
        return Part("heartbeat", self.trouble, cure, needed=False)
