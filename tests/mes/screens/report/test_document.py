from mes.screens.report.document import drawing_style, printable


def test_a_drawing_on_paper_has_the_colours_of_the_light_theme() -> None:
    style = drawing_style()

    assert "var(" not in style
    assert ".s-down { fill: #c4122f }" in style
    assert ".s-nodata { fill: url(#hatch)" in style


def test_a_shape_is_a_character_on_paper() -> None:
    page = printable('<p><svg class="i" aria-hidden="true"><use href="#i-down"/></svg> DOWN</p><svg class="strip" x>')

    assert "<p>■ DOWN</p>" in page
    assert "<style>" in page
