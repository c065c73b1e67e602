import pytest

from config.load import BadPlantFile, parse_plant
from config.places import line_of
from tests.mes.screens.lines import MACHINE, PLANT

TEXT = PLANT.format(machines=MACHINE.format(n=1), zone="UTC")


@pytest.mark.parametrize(
    ("was", "becomes", "line"),
    [
        ("register: 11", "register: -11", "register: -11"),
        ("ideal_cycle: 2s", "ideal_cycle: soon", "ideal_cycle: soon"),
        ("zone: UTC", "zone: Mars", "zone: Mars"),
    ],
)
def test_a_mistake_is_found_on_its_line(was: str, becomes: str, line: str) -> None:
    text = TEXT.replace(was, becomes, 1)
    with pytest.raises(BadPlantFile) as refused:
        parse_plant(text)

    found = line_of(text, str(refused.value).splitlines()[0])

    assert found is not None
    assert line in text.splitlines()[found - 1]


def test_where_a_text_stops_being_yaml_is_its_line() -> None:
    assert line_of("site: [", "line 7, column 3: this is not YAML: a bracket is not closed") == 7


def test_what_has_no_place_has_no_line() -> None:
    assert line_of(TEXT, "file: holds no plant") is None
    assert line_of(TEXT, "nowhere.3.at: all") is None
