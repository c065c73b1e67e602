"""A subscription: the server tells each change by itself, and that it lives when there is none."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import structlog
from asyncua import ua
from asyncua.client.ua_client import UaClientState

from config.opcua import OpcUaDevice
from edge.opcua.link import TOO_MUCH, Link, Misunderstood, bounded

log = structlog.get_logger()
# So many keep-alives may be missed before the subscription counts as dead.
MISSED = 3
# The server drops a subscription of which it heard nothing for this long.
LIFETIME_S = 60.0
MOST_NOTIFICATIONS = 10_000
# What a server says that has no subscription for us, or no more monitored items: it can still be read.
NO_ROOM = (
    ua.uaerrors.BadTooManySubscriptions,
    ua.uaerrors.BadTooManyMonitoredItems,
    ua.uaerrors.BadServiceUnsupported,
    ua.uaerrors.BadNotSupported,
    ua.uaerrors.BadNotImplemented,
    ua.uaerrors.BadUserAccessDenied,
    ua.uaerrors.BadOutOfMemory,
    ua.uaerrors.BadResourceUnavailable,
)
NO_ROOM_CODES = frozenset(int(err.code) for err in NO_ROOM)
# What is published in several parts is waited for so long: each part by itself costs as much as all of them.
WHOLE_WITHIN_S = 0.5
LARGEST_SEQUENCE = 2**32 - 1


class SubscriptionDead(ConnectionError):
    """The subscription is no longer served."""


class Feed:
    """The monitored items of one subscription; `take` gives what came, or raises when nothing may come any more.

    `heard` is called soon after each publish response; noting comes first, so that the server gets its next request.
    Where the server says that more is to be published, as many values as there are items are waited for.
    """

    def __init__(self, link: Link, keep_alive_s: float, heard: Callable[[], None]) -> None:
        self.link, self.keep_alive_s, self.heard = link, keep_alive_s, heard
        self.came: list[tuple[int, ua.DataValue]] = []
        self.came_at = 0.0
        # Whether the server had more to publish: then what it did not name may have changed all the same.
        self.more = False
        self.items: dict[int, int] = {}
        self.heard_at = time.monotonic()
        self.published: object = None
        self.sequence = 0
        self.dead = ""
        self.id = 0
        self.interval_s = 0.0

    async def start(self) -> None:
        """Create the subscription, with a keep-alive at least as often as `keep_alive_s`."""
        poll_s = self.link.device.poll.total_seconds()
        count = max(1, int(self.keep_alive_s / poll_s))
        params = ua.CreateSubscriptionParameters(
            RequestedPublishingInterval=poll_s * 1000,
            RequestedLifetimeCount=max(3 * count, int(LIFETIME_S / poll_s)),
            RequestedMaxKeepAliveCount=count,
            MaxNotificationsPerPublish=MOST_NOTIFICATIONS,
            PublishingEnabled=True,
        )
        work = self.link.client.uaclient.create_subscription(params, self._published)
        made = await bounded(work, self.link.seconds)
        self.id, self.interval_s = made.SubscriptionId, made.RevisedPublishingInterval / 1000
        self.keep_alive_s = self.interval_s * made.RevisedMaxKeepAliveCount
        self.heard_at = time.monotonic()
        if self.interval_s > 2 * poll_s or self.keep_alive_s > 2 * count * poll_s:
            log.warning(
                "subscription_revised",
                device=self.link.device.id,
                publishes_every_s=self.interval_s,
                keep_alive_s=self.keep_alive_s,
                effect="changes are seen later, and no_data_after must be at least three keep-alives",
            )

    async def watch(self, nodes: Mapping[int, ua.NodeId], device: OpcUaDevice) -> dict[int, int]:
        """Monitor nodes under handles of ours; the status code of each that the server refuses."""
        refused: dict[int, int] = {}
        old = [self.items.pop(handle) for handle in nodes if handle in self.items]
        for ids in self.link.portions("monitor", old):
            gone = ua.DeleteMonitoredItemsParameters(SubscriptionId=self.id, MonitoredItemIds=list(ids))
            await bounded(self.link.client.uaclient.delete_monitored_items(gone), self.link.seconds)
        sampling = (device.sampling or device.poll).total_seconds() * 1000
        requests = [_request(handle, node, sampling, device.queue) for handle, node in nodes.items()]
        for some in self.link.portions("monitor", requests):
            try:
                results = await self._monitor(some)
            except NO_ROOM as err:
                refused |= {int(request.RequestedParameters.ClientHandle): int(err.code) for request in some}
                continue
            for request, result in zip(some, results, strict=True):
                handle = int(request.RequestedParameters.ClientHandle)
                if result.StatusCode.is_good():
                    self.items[handle] = result.MonitoredItemId
                else:
                    refused[handle] = int(result.StatusCode.value)
        return refused

    async def _monitor(
        self, requests: Sequence[ua.MonitoredItemCreateRequest]
    ) -> Sequence[ua.MonitoredItemCreateResult]:
        """By halves where the server takes less at once than it says."""
        params = ua.CreateMonitoredItemsParameters(
            SubscriptionId=self.id, TimestampsToReturn=ua.TimestampsToReturn.Both, ItemsToCreate=list(requests)
        )
        try:
            results = await bounded(self.link.client.uaclient.create_monitored_items(params), self.link.seconds)
        except TOO_MUCH:
            if len(requests) == 1:
                raise
            half = len(requests) // 2
            return [*await self._monitor(requests[:half]), *await self._monitor(requests[half:])]
        if len(results or ()) != len(requests):
            raise Misunderstood(f"{len(results or ())} answers to {len(requests)} monitored items")
        return list(results)

    def take(self) -> list[tuple[int, ua.DataValue]]:
        """What came since the last time, (handle, value) in order."""
        came, self.came = self.came, []
        return came

    def check(self) -> None:
        """SubscriptionDead when the connection is gone, or the server fell silent or has ended the subscription."""
        if self.link.client.state is not UaClientState.CONNECTED:
            raise SubscriptionDead("connection lost")
        if self.dead:
            raise SubscriptionDead(self.dead)
        silent_s = time.monotonic() - self.heard_at
        if silent_s > self.patience_s:
            raise SubscriptionDead(f"no publish response for {silent_s:.1f} s")

    @property
    def overdue(self) -> bool:
        """True when what came waits for no more."""
        return bool(self.came) and (
            len(self.came) >= len(self.items) or time.monotonic() - self.came_at > WHOLE_WITHIN_S
        )

    @property
    def patience_s(self) -> float:
        """How long the server may be silent."""
        return MISSED * max(self.keep_alive_s, self.interval_s) + self.link.seconds

    def _published(self, result: ua.PublishResult) -> None:
        message = result.NotificationMessage
        self.heard_at = time.monotonic()
        self.published, self.more = message.PublishTime, bool(result.MoreNotifications)
        if not self.came:
            self.came_at = self.heard_at
        notifications: Sequence[object] = message.NotificationData or ()
        if notifications:
            self._in_sequence(int(message.SequenceNumber))
        for notification in notifications:
            if isinstance(notification, ua.DataChangeNotification):
                self.came += [(int(item.ClientHandle), item.Value) for item in notification.MonitoredItems or ()]
            elif isinstance(notification, ua.StatusChangeNotification):
                self.dead = f"the server ended the subscription: {notification.Status.name}"
        if not self.more or self.dead or self.overdue:
            asyncio.get_running_loop().call_soon(self.heard)

    def _in_sequence(self, number: int) -> None:
        """A notification that never came ends the subscription: a new one begins with what holds now."""
        expected = 1 if self.sequence == LARGEST_SEQUENCE else self.sequence + 1
        if self.sequence and number != expected:
            self.dead = f"notification {expected} is missing, {number} came"
        self.sequence = number


def _request(handle: int, node: ua.NodeId, sampling_ms: float, queue: int) -> ua.MonitoredItemCreateRequest:
    return ua.MonitoredItemCreateRequest(
        ItemToMonitor=ua.ReadValueId(NodeId=node, AttributeId=ua.AttributeIds.Value),
        MonitoringMode=ua.MonitoringMode.Reporting,
        RequestedParameters=ua.MonitoringParameters(
            ClientHandle=handle, SamplingInterval=sampling_ms, QueueSize=queue, DiscardOldest=True
        ),
    )
