"""A shown KPI → the attributes of its element that say of what, of which time and when it was known. Pure.

By them a program, and the test that reads every page, asks the API for the same number.
"""

from markupsafe import Markup

from contract.sample import from_us


def told(kpi: str, equipment: str, from_us_: int, now_us: int) -> Markup:
    """Of a number that a page made of [from, now) as it was known now."""
    start, end = (f"{from_us(at):%Y-%m-%dT%H:%M:%S.%fZ}" for at in (from_us_, now_us))
    attributes = ' data-kpi="{}" data-of="{}" data-from="{}" data-as-of="{}"'
    return Markup(attributes).format(kpi, equipment, start, end)  # noqa: S704  - format escapes what it puts in
