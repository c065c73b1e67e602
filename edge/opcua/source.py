"""OPC UA → readings with the source's own times and status codes. Reads only."""

import asyncio
import time
from collections.abc import Collection, Iterable, Sequence
from math import isfinite

import numpy as np
import structlog
from asyncua import ua

from config.opcua import OpcUaDevice
from contract.gap import Cause
from contract.sample import FUTURE_US, MICROSECOND, Quality
from edge.buffer.batch import Unread
from edge.channel import BAD, Channel, Ints
from edge.clock import now_us
from edge.opcua.backfill import Backfill, Place
from edge.opcua.certificates import Refused
from edge.opcua.feed import NO_ROOM, NO_ROOM_CODES, Feed
from edge.opcua.link import TROUBLE, Link
from edge.opcua.overflow import Gap, Overflow
from edge.opcua.security import CURES, Keys
from edge.opcua.times import Heard, Times, clock_cure, servers_us, times_of
from edge.opcua.values import code_of, kind_of, member, number, overflowed, quality_of, quality_with, steps_of, text
from edge.report import Reports, read_of
from edge.source import Source
from runtime.ending import end

log = structlog.get_logger()
RECONNECT_S = 1.0
RETRY_BAD_S = 60.0
TAGS_IN_A_LINE = 20
# What only a person can mend is not asked for each second: a server locks out who gives a wrong password too often.
REFUSED_S = 30.0
# So long a history that is being read may take to end.
FILLING_S = 2.0
UNKNOWN_NODE = int(ua.StatusCodes.BadNodeIdUnknown)
UNREADABLE = int(ua.StatusCodes.BadDecodingError)


class OpcUaSource:
    """One server: is told changes by a subscription, polls the rest; a new client and subscription after each loss."""

    def __init__(self, device: OpcUaDevice, channels: Sequence[Channel], reports: Reports, keys: Keys) -> None:
        self.source = Source(device, channels, reports)
        channels = read_of(channels)
        self.device, self.channels, self.keys = device, channels, keys
        self.places = _places(device, channels)
        self.backfill = Backfill(device, channels, self.places, self.source)
        self.filling: asyncio.Task[None] | None = None
        self.link: Link | None = None
        self.feed: Feed | None = None
        # Places that the server could not watch for us, by number: they are read each poll.
        self.unwatched: set[int] = set()
        # True from when every node has been read once: before that a publish says nothing of the others.
        self.begun = False
        self.last_try, self.wait_s, self.refusal = -RECONNECT_S, RECONNECT_S, ""
        self.retry_at = 0.0
        self.told: set[str] = set()
        count = len(channels)
        self.nodes: dict[int, ua.NodeId] = {}
        self.raw = np.full(count, np.nan)
        # The text that each channel of texts shows, so that its number is known however many others have come since.
        self.shown: dict[int, str] = {}
        self.quality = np.full(count, BAD, np.int64)
        self.times = Times(device, channels)
        self.ahead_us = device.time_offset // MICROSECOND
        self.overflow = Overflow()

    async def poll(self) -> None:
        """One beat: connect where there is no connection, read what is polled, and see that the subscription lives."""
        try:
            if self.link is None:
                await self._open()
            elif time.monotonic() >= self.retry_at:
                await self._begin(self._bad_places())
            await self._read([n for n in self.nodes if n in self.unwatched or not self.places[n].subscribed])
            if self.feed is not None:
                self.feed.check()
                if self.feed.overdue:
                    self._heard()
            self._end_overflow(self.overflow.over(now_us()))
        except TROUBLE as trouble:
            err = (self.link and self.link.cut_off) or trouble
            reason = type(err).__name__ if str(err) == "" else str(err).splitlines()[0]
            self._refused(type(err).__name__, reason)
            begins = self.source.trouble is None and self.source.last_read_us > 0
            self._end_overflow(self.overflow.end())
            self.source.lost(reason[:120], now_us())
            if begins and self.keeps_history:
                self.backfill.lost(self.times.source_us, self.raw, self.quality)
            await self.stop()

    @property
    def keeps_history(self) -> bool:
        """True when the server is asked for what was missed: what it kept is dated by its source."""
        return self.device.history and self.device.time == "source"

    def follow(self, earlier: "OpcUaSource", gap: Unread) -> None:
        """Take the place of a source of the same server that ended with this gap: its history knows what changed."""
        places = {channel.series: i for i, channel in enumerate(earlier.channels)}
        after_us = np.full(len(self.channels), gap.from_us, np.int64)
        raw, quality = self.raw.copy(), self.quality.copy()
        for i, channel in enumerate(self.channels):
            old = places.get(channel.series)
            if old is not None and earlier.times.source_us[old]:
                after_us[i] = earlier.times.source_us[old]
                if channel == earlier.channels[old]:
                    raw[i], quality[i] = earlier.raw[old], earlier.quality[old]
        self.backfill.begin(gap, after_us, raw, quality)

    def _refused(self, kind: str, reason: str) -> None:
        """What a person has to mend is told in full, once."""
        cure = CURES.get(kind)
        if kind != Refused.__name__ and cure is None:
            return
        self.wait_s = REFUSED_S
        if reason != self.refusal:
            log.error("opcua_refused", device=self.device.id, reason=reason, cure=cure, again_in_s=REFUSED_S)
        self.refusal = reason

    def close(self) -> None:
        """Forget the connection; `stop` has ended it."""
        self.link = self.feed = None

    async def stop(self) -> None:
        """End the session politely, and the connection in any case."""
        link, self.link, self.feed, self.begun = self.link, None, None, False
        filling, self.filling = self.filling, None
        if filling is not None:
            await end([filling], FILLING_S)
        if link is not None:
            await link.close()

    async def _open(self) -> None:
        if time.monotonic() - self.last_try < self.wait_s:
            raise ConnectionError("no connection")
        self.last_try, self.wait_s = time.monotonic(), RECONNECT_S
        self.link = link = Link(self.device, self.keys)
        await link.open()
        if any(isinstance(step, str) for place in self.places for _, steps in place.parts for step in steps):
            await link.learn_types()
        self.raw[:], self.quality[:] = np.nan, BAD
        self.times.forget()
        self.shown.clear()
        self.nodes.clear()
        self.told.clear()
        self.unwatched.clear()
        self.feed = await self._subscription(link)
        await self._begin(range(len(self.places)))
        self.begun, self.refusal = True, ""
        if self.keeps_history:
            self.backfill.back(self.times.source_us, now_us(), self.raw, self.quality)
            self.filling = asyncio.create_task(self.backfill.run(link, dict(self.nodes)))

    async def _subscription(self, link: Link) -> Feed | None:
        """None where nothing is to be watched, or the server has no subscription left: then all is read each poll."""
        watched = {n for n, place in enumerate(self.places) if place.subscribed}
        if not watched:
            return None
        feed = Feed(link, self.device.heartbeat.total_seconds() / 2, self._heard)
        try:
            await feed.start()
        except NO_ROOM as err:
            self._poll_instead(watched, int(err.code))
            return None
        return feed

    def _poll_instead(self, places: Collection[int], code: int) -> None:
        """These cannot be watched: read them each poll, and tell so once a connection."""
        self.unwatched |= set(places)
        for n in places:
            for i, _ in self.places[n].parts:
                self.times.subscribed[i] = False
        if "unwatched" not in self.told:
            self.told.add("unwatched")
            log.warning(
                "no_subscription",
                device=self.device.id,
                reason=ua.StatusCode(ua.UInt32(code)).name,
                polled=len(self.unwatched),
                watched=sum(place.subscribed for place in self.places) - len(self.unwatched),
                effect="they are read each poll: what is shorter is not seen",
                cure="let the server take more, or write 'read: poll' for this device or for tags that change slowly",
            )

    async def _begin(self, places: Iterable[int]) -> None:
        """Find these nodes, read them, and have the server watch them; what fails is told and tried again later."""
        link, self.retry_at = self.link, time.monotonic() + RETRY_BAD_S
        wanted = list(places)
        if link is None or not wanted:
            return
        await link.learn_namespaces()
        found = {n: node for n in wanted if (node := link.node_id(self.places[n].text)) is not None}
        for n in set(wanted) - found.keys():
            self.nodes.pop(n, None)
            self._complain(n, UNKNOWN_NODE, namespaces=link.namespaces)
        self.nodes |= found
        strange = await self._read(list(found))
        # A notification with a value that nobody can read is lost with all others in it.
        watched = {n: node for n, node in found.items() if self.places[n].subscribed and n not in strange}
        if self.feed is not None and watched:
            refused = await self.feed.watch(watched, self.device)
            no_room = {n for n, code in refused.items() if code in NO_ROOM_CODES}
            if no_room:
                self._poll_instead(no_room, refused[min(no_room)])
            for n, code in refused.items():
                if n in no_room:
                    continue
                self._complain(n, code)
                self._report([(n, ua.DataValue(StatusCode=ua.StatusCode(ua.UInt32(code))))], None)

    def _bad_places(self) -> list[int]:
        return [n for n, place in enumerate(self.places) if all(self.quality[i] == BAD for i, _ in place.parts)]

    async def _read(self, places: Sequence[int]) -> set[int]:
        """Those of them whose answer nobody can read."""
        if self.link is None or not places:
            return set()
        answers = await self.link.read([self.nodes[n] for n in places])
        strange = ua.DataValue(StatusCode=ua.StatusCode(ua.UInt32(UNREADABLE)))
        read = [(n, strange if answer is None else answer) for n, answer in zip(places, answers, strict=True)]
        self._report(read, None)
        return {n for n, answer in read if answer is strange}

    def _heard(self) -> None:
        """Publish responses came: their values, one round for each further value of one node; or a keep-alive."""
        if self.feed is None or not self.begun:
            return
        rounds: list[list[tuple[int, ua.DataValue]]] = [[]]
        seen: dict[int, int] = {}
        for n, answer in self.feed.take():
            if n >= len(self.places):
                self.feed.dead = f"the server published item {n}, which nobody asked for"
                continue
            count = seen[n] = seen.get(n, -1) + 1
            if count == len(rounds):
                rounds.append([])
            rounds[count].append((n, answer))
        edge_us = now_us()
        published_us = servers_us(self.feed.published, self.ahead_us, edge_us) or edge_us
        for some in rounds:
            self._report(some, published_us, more=self.feed.more or some is not rounds[-1])

    def _report(
        self, answers: Sequence[tuple[int, ua.DataValue]], confirmed_us: int | None, more: bool = False
    ) -> None:
        """Take over what the source says now, at most one value of each node."""
        edge_us = now_us()
        if confirmed_us is not None and self.device.time != "received":
            self._check_clock(confirmed_us, confirmed_us, edge_us)
        was_bad = self.quality == BAD
        at_us, server_us = self._take_over(answers, confirmed_us, edge_us)
        for i, said in self.shown.items():
            self.raw[i] = self.source.texts.number(said)
        heard = Heard(at_us > 0, at_us, server_us, confirmed_us, more)
        newest_us = self.source.newest_us[: len(self.channels)]
        times, old = self.times.take(heard, self.quality == BAD, was_bad, newest_us, edge_us)
        if old.any():
            self._tell_old(int(np.argmax(old)), edge_us)
        self.source.report(self.raw.copy(), self.quality.copy(), edge_us, times)
        self.source.reports.flush()

    def _take_over(
        self, answers: Sequence[tuple[int, ua.DataValue]], confirmed_us: int | None, edge_us: int
    ) -> tuple[Ints, Ints]:
        """Note values and qualities; for each channel the time of its value and the server's, 0 where none came."""
        at_us, server_us = np.zeros((2, len(self.channels)), np.int64)
        time_key, ahead_us = self.device.time, self.ahead_us
        places: list[int] = []
        columns: list[tuple[float, int, int, int]] = []
        dropped: list[int] = []
        for n, answer in answers:
            code = code_of(answer)
            at, server = times_of(answer, time_key, ahead_us, edge_us)
            value = answer.Value.Value if answer.Value is not None else None
            quality = quality_of(code)
            odd = quality is Quality.BAD
            for i, steps in self.places[n].parts:
                part = member(value, steps) if steps else value
                raw = self._raw(i, part)
                places.append(i)
                columns.append((raw, quality_with(quality, part), at, server))
                odd = odd or not isfinite(raw)
            if at - edge_us > FUTURE_US:
                self._check_clock(at, server or confirmed_us, edge_us)
            if odd:
                self._complain(n, code, value, [row[0] for row in columns[-len(self.places[n].parts) :]])
            if code and confirmed_us is not None and overflowed(code):
                dropped += (i for i, _ in self.places[n].parts if self.quality[i] != BAD)
        if dropped:
            self._tell_dropped(dropped, edge_us)
        if places:
            raws, qualities, at_us[places], server_us[places] = zip(*columns, strict=True)
            self.raw[places], self.quality[places] = raws, qualities
        return at_us, server_us

    def _tell_dropped(self, places: Sequence[int], edge_us: int) -> None:
        """What the server could not keep until it was published is on record; the log hears when it begins."""
        began = not self.overflow.began
        series = self.source.series[places].tolist()
        since_us = int(np.maximum(self.source.newest_us[places], self.times.source_us[places]).min())
        for gap in self.overflow.dropped(series, since_us, edge_us):
            self.source.tell(Cause.VALUES_DROPPED, *gap)
        self.source.dropped(places, self.times.source_us, edge_us)
        if began:
            cure = "a longer queue, a shorter poll, a longer sampling, or a second agent for some of the tags"
            tags = series[:TAGS_IN_A_LINE]
            queue = self.device.queue
            log.warning("queue_overflow", device=self.device.id, count=len(series), tags=tags, queue=queue, cure=cure)

    def _end_overflow(self, gaps: Iterable[Gap]) -> None:
        """These gaps have ended."""
        ended = list(gaps)
        for gap in ended:
            self.source.tell(Cause.VALUES_DROPPED, *gap)
        if ended:
            log.info("queue_overflow_over", device=self.device.id, count=sum(len(names) for *_, names in ended))

    def _check_clock(self, theirs_us: int, server_us: int | None, edge_us: int) -> None:
        """Tell once a connection of a clock that cannot be right; what is of the future is not dated by guesses."""
        ahead_us = theirs_us - edge_us
        if abs(ahead_us) <= FUTURE_US or "clock" in self.told:
            return
        self.told.add("clock")
        effect = "readings of the future are held out of all numbers" if ahead_us > 0 else "changes count when seen"
        cure = clock_cure(ahead_us, server_us - edge_us if server_us else None)
        log.warning("server_clock_wrong", device=self.device.id, ahead_s=ahead_us / 1e6, effect=effect, cure=cure)

    def _tell_old(self, i: int, edge_us: int) -> None:
        """Once a connection: a value has changed and says that it did so before it was known to be another."""
        if "old" in self.told:
            return
        self.told.add("old")
        channel, behind_us = self.channels[i], edge_us - int(self.times.source_us[i])
        log.warning(
            "old_source_time",
            device=self.device.id,
            machine=channel.machine,
            tag=channel.tag.name,
            behind_s=behind_us / 1e6,
            effect="a change with such a time counts from when it was seen",
            cure=f"none, where the server gives old times after an outage; else {clock_cure(-behind_us, 0)}",
        )

    def _raw(self, i: int, value: object) -> float:
        if self.channels[i].tag.type != "string":
            return number(value)
        said = text(value)
        if said is None:
            self.shown.pop(i, None)
            return np.nan
        self.shown[i] = said
        return self.source.texts.number(said)

    def _complain(
        self, place: int, code: int, value: object = None, raws: Sequence[float] = (), **more: object
    ) -> None:
        """Once for each channel and connection: a bad value, or one that is no number, and what it is instead."""
        bad = quality_of(code) is Quality.BAD
        for nth, (i, steps) in enumerate(self.places[place].parts):
            channel = self.channels[i]
            if (bad or (raws and not isfinite(raws[nth]))) and channel.series not in self.told:
                self.told.add(channel.series)
                name = {"device": self.device.id, "machine": channel.machine, "tag": channel.tag.name}
                found = kind_of(member(value, steps) if steps else value)
                status = ua.StatusCode(ua.UInt32(code)).name if bad else f"{found}, not a {channel.tag.type}"
                log.warning("bad_value", **name, node=channel.tag.node, status=status, again_in_s=RETRY_BAD_S, **more)


def _places(device: OpcUaDevice, channels: Sequence[Channel]) -> tuple[Place, ...]:
    """One place for each node and way of reading it; several channels may be parts of one."""
    parts: dict[tuple[str, bool], list[tuple[int, tuple[int | str, ...]]]] = {}
    for i, channel in enumerate(channels):
        key = (channel.tag.node or "", device.subscribes(channel.tag))
        parts.setdefault(key, []).append((i, steps_of(channel.tag.path)))
    return tuple(Place(node, subscribed, tuple(some)) for (node, subscribed), some in parts.items())
