"""The people of the demo: invented, one for each role. Pure."""

from dataclasses import dataclass

from mes.people.roles import Role

# With this PIN they sign on at a station that somebody makes of a browser.
PIN = "2580"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who does not exist."""

    number: str
    name: str
    role: Role


PEOPLE = (
    DemoPerson("1001", "Li Wei", Role.OPERATOR),
    DemoPerson("1002", "Chen Jing", Role.SUPERVISOR),
    DemoPerson("1003", "Wang Qiang", Role.MAINTENANCE),
    DemoPerson("1004", "Liu Yang", Role.QUALITY),
    DemoPerson("1005", "Zhao Min", Role.PLANNER),
    DemoPerson("1006", "Sun Lei", Role.ENGINEER),
    DemoPerson("1007", "Huang Li", Role.ADMINISTRATOR),
    DemoPerson("1008", "Zhou Ting", Role.VIEWER),
)
