"""What a command takes for an instant."""

import argparse

import pytest

from runtime.command_line import on_call


@pytest.mark.parametrize(
    "text", ["x", "9999-12-31T00:00+08:00", "1999-12-31T00:00Z", "2026-12-24T03:10", "999999999999d"]
)
def test_an_instant_that_cannot_be_one_is_refused_with_what_may_be_written(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    on_call(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["--at", text])
    said = capsys.readouterr().err

    assert "argument --at:" in said
    assert "2026-12-24T03:10+08:00" in said or "2000 to 2199" in said
