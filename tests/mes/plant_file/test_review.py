from mes.plant_file.review import difference, review
from tests.mes.screens.lines import MACHINE, PLANT

TEXT = PLANT.format(machines=MACHINE.format(n=1), zone="UTC")


def test_a_right_file_has_no_mistakes_and_tells_what_it_changes() -> None:
    found = review(TEXT, TEXT.replace("ideal_cycle: 2s", "ideal_cycle: 3s"), "works")

    assert (found.plant is not None, found.mistakes) == (True, [])
    assert [(line.kind, line.text.strip()) for line in found.difference if line.kind != " "] == [
        ("-", "ideal_cycle: 2s"),
        ("+", "ideal_cycle: 3s"),
    ]


def test_a_mistake_has_its_line() -> None:
    found = review(TEXT, TEXT.replace("zone: UTC", "zone: Mars"), "works")

    assert found.plant is None
    assert [(message.line, message.text.partition(":")[0]) for message in found.mistakes] == [(5, "site.zone")]


def test_another_site_is_refused() -> None:
    found = review(TEXT, TEXT.replace("id: works", "id: other"), "works")

    assert (found.plant, found.mistakes[0].line) == (None, 3)


def test_a_difference_shows_the_lines_around_it_and_no_more() -> None:
    old = "\n".join(str(n) for n in range(100))

    found = difference(old, old.replace("\n50\n", "\nfifty\n"))

    assert [line.text for line in found] == ["47", "48", "49", "50", "fifty", "51", "52", "53"]
    assert difference(old, old) == []
