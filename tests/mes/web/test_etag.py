"""A change that was made of an older version is not made."""

import pytest

from mes.web.etag import etag, need_match
from mes.web.problems import Problem


@pytest.mark.parametrize("if_match", [None, '"v3"', '"v2", "v3"', "*"])
def test_a_change_of_the_present_version_is_made(if_match: str | None) -> None:
    need_match(if_match, 3)

    assert etag(3) == '"v3"'


@pytest.mark.parametrize(("if_match", "version"), [('"v2"', 3), ("v3", 3), ("*", None), ('"v1"', None), ("", 1)])
def test_a_change_of_an_older_version_is_refused_with_the_present_one(if_match: str, version: int | None) -> None:
    with pytest.raises(Problem) as found:
        need_match(if_match, version)

    assert found.value.status == 412
