"""How often things happen on the simulated floor. Pure.

Times are seconds, because they feed random draws; `every_s` is the mean running time between two of a kind.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that befalls a running machine: how often, and the shortest and the longest it lasts."""

    every_s: float
    lasts_s: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Pace:
    """The rhythm of a floor.

    `dwell_s`: no state is shown for less than this. `wait_s`: without a part for this long a machine says so.
    `buffer`: parts between two machines; `restart`: parts (or free places) before a waiting machine goes on.
    `near_wrap`: at most so many parts below the wrap do some counters start.
    """

    minor_stop: Trouble
    jam: Trouble
    slow: Trouble
    bad_parts: Trouble
    maintenance: Trouble
    power_off: Trouble
    idle: Trouble
    no_material: Trouble
    odd_current: Trouble
    overheating: Trouble
    product_every_s: float
    setup_s: tuple[float, float]
    dwell_s: float
    wait_s: float
    buffer: int
    restart: int
    near_wrap: int

    @classmethod
    def normal(cls) -> "Pace":
        """A working day: OEE of 60 to 85 %."""
        return cls(
            minor_stop=Trouble(600, (5, 40)),
            jam=Trouble(9000, (120, 480)),
            slow=Trouble(2400, (120, 600)),
            bad_parts=Trouble(5400, (60, 240)),
            maintenance=Trouble(28_800, (180, 480)),
            power_off=Trouble(14_400, (60, 180)),
            idle=Trouble(18_000, (60, 240)),
            no_material=Trouble(6000, (20, 120)),
            odd_current=Trouble(10_800, (15, 40)),
            overheating=Trouble(43_200, (240, 600)),
            product_every_s=9600,
            setup_s=(180, 360),
            dwell_s=2,
            wait_s=3,
            buffer=50,
            restart=5,
            near_wrap=1500,
        )

    @classmethod
    def lively(cls) -> "Pace":
        """A day in a minute, for tests: every state lasts a second or more, so that a poll of 200 ms sees it."""
        return cls(
            minor_stop=Trouble(8, (1.2, 3)),
            jam=Trouble(30, (3, 5)),
            slow=Trouble(15, (3, 8)),
            bad_parts=Trouble(20, (3, 8)),
            maintenance=Trouble(80, (1.5, 4)),
            power_off=Trouble(40, (8, 10)),
            idle=Trouble(60, (1.2, 3)),
            no_material=Trouble(25, (1.5, 4)),
            odd_current=Trouble(30, (5, 10)),
            overheating=Trouble(120, (20, 40)),
            product_every_s=20,
            setup_s=(2.4, 4),
            dwell_s=1,
            wait_s=1,
            buffer=4,
            restart=2,
            near_wrap=30,
        )
