"""What a time element is stands in one place; everything else is made of it."""

from dataclasses import fields

import pytest

from mes.kpi.elements import Elements, in_answers
from mes.web.kpi_models import ElementsAnswer
from tests.support.elements_table import HEADS, page, table


def test_answers_have_every_element_with_its_meaning() -> None:
    told = {name: one.description for name, one in ElementsAnswer.model_fields.items()}

    assert {in_answers(one.name): one.metadata["en"] for one in fields(Elements)} == told


@pytest.mark.parametrize("language", HEADS)
def test_the_docs_list_every_element_as_it_is_described(language: str) -> None:
    assert table(language) == page(language).read_text(encoding="utf-8"), "python -m tests.support.elements_table"


def test_each_element_is_described_once_in_both_languages() -> None:
    for language in HEADS:
        said = [one.metadata[language] for one in fields(Elements)]
        assert all(said)
        assert len(set(said)) == len(said)
