"""The frame that docs/frame.md shows is one, and holds what the page says, in both languages."""

from pathlib import Path

import pytest

from contract.frame import Frame, decode
from contract.sample import Quality, Sample


@pytest.mark.parametrize("language", ["", ".zh"])
def test_the_frame_of_the_page_holds_its_five_samples(language: str) -> None:
    page = Path(f"docs/frame{language}.md").read_text(encoding="utf-8")
    shown = page.partition("```json\n")[2].partition("```")[0]

    frame = decode(shown.encode())

    at, later = frame.base_us, frame.base_us + 500_000
    assert frame.samples() == [
        Sample("press-1", "state", at, at, 1.0, Quality.GOOD),
        Sample("press-1", "total", at, at, 40961.0, Quality.GOOD),
        Sample("press-1", "temp_c", at, at, 71.5, Quality.GOOD),
        Sample("press-1", "total", later, later, 40962.0, Quality.GOOD),
        Sample("press-1", "temp_c", later, later, None, Quality.BAD),
    ]


@pytest.mark.parametrize("language", ["", ".zh"])
def test_every_part_of_a_frame_is_on_the_page(language: str) -> None:
    page = Path(f"docs/frame{language}.md").read_text(encoding="utf-8")

    assert [name for name in Frame.model_fields if f"`{name}`" not in page] == []
