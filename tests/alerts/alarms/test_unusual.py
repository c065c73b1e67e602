"""What is unusual is said with what is usual."""

from datetime import timedelta

from alerts.alarms.unusual import unusual
from alerts.detectors.anomaly import Figure
from alerts.detectors.machine import Deviation, TagDeviation
from tests.alerts.floor import plant_with

PLANT = plant_with("[{id: odd, kind: anomaly}]")
WARM = TagDeviation("temperature", 68.0, 61.0, 3.0, 0.8)


def test_a_drift_says_when_it_will_be_at_its_limit() -> None:
    found = Deviation(Figure.SHIFT, 1.1, (WARM,), since_us=0, to_limit=timedelta(hours=3))

    en, zh = unusual(PLANT, "press-1", found)

    assert en == "temperature 68 °C, usually 61 ± 3 °C (a lasting shift); at its limit in about 3 h if it goes on"
    assert zh == "temperature 68 °C，通常 61 ± 3 °C（持续偏移）；照此趋势约 3 小时后到达限值"


def test_the_tags_that_are_furthest_off_are_all_said() -> None:
    slow = TagDeviation("cycle_time", 1.5, 1.0, 0.1, 0.2)

    en, _ = unusual(PLANT, "press-1", Deviation(Figure.TOGETHER, 2.0, (WARM, slow)))

    assert en.startswith("temperature 68 °C, usually 61 ± 3 °C; cycle_time 1.5 s, usually 1 ± 0.1 s")


def test_without_a_tag_it_says_so_much() -> None:
    assert unusual(PLANT, "press-1", None) == ("unlike its good time", "与正常时段不同")
