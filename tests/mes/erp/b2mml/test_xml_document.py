"""A document is read as it stands there, or refused with place and cure; nothing outside of it is ever looked up."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mes.erp.b2mml.xml_document import MOST_NODES, MOST_SIBLINGS, BadDocument, document_of, parsed, subset, text_in
from tests.mes.erp.b2mml.documents import NAMESPACE, request, schedule

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
# A sentence of the library's that nobody on a shop floor can act on.
OF_LIBXML = ("facet", "atomic type", "cvc", "Expected is", "{http", "PCDATA", "xmlns", "EntityRef", "tag mismatch")


def refusal(content: bytes) -> list[tuple[str, str]]:
    with pytest.raises(BadDocument) as refused:
        document_of(content, "OperationsSchedule")
    for _, text in refused.value.mistakes:
        assert not any(words in text for words in OF_LIBXML), text
    return list(refused.value.mistakes)


@contextmanager
def eavesdropping() -> Iterator[tuple[str, list[str]]]:
    """A server whose address somebody might be made to ask, and what it was asked."""
    asked: list[str] = []

    class Ear(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Ear) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x.dtd"> %x;]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd">',
        f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]>',
        "<!DOCTYPE a>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_before_anything_of_it_is_done(doctype: str, encoding: str) -> None:
    start = f'<?xml version="1.0" encoding="{encoding}"?>\n{doctype}\n'
    content = schedule(request("&l11;&x;".replace("&", "and")), start=start).decode().encode(encoding)

    began = perf_counter()
    [(place, text)] = refusal(content)

    assert (place, "DOCTYPE" in text) == ("document", True)
    assert perf_counter() - began < 1


def test_a_schema_that_the_document_names_is_not_fetched() -> None:
    with eavesdropping() as (url, asked):
        hints = (
            f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="{NAMESPACE} {url}/a.xsd '
            f'http://other {url}/b.xsd" xsi:noNamespaceSchemaLocation="{url}/c.xsd"'
        )
        content = schedule().replace(b"<OperationsSchedule ", f"<OperationsSchedule {hints} ".encode())
        root = document_of(content, "OperationsSchedule")

    assert (root is not None, asked) == (True, [])


def test_a_comment_within_a_number_cuts_nothing_off() -> None:
    content = schedule(request(quantity="20NOTE00")).replace(b"NOTE", b"<!-- two --><?stop here?>")

    root = document_of(content)

    assert [text_in(one) for one in root.iter(f"{{{NAMESPACE}}}QuantityString")] == ["2000"]


def test_a_document_in_gb18030_has_its_chinese_names() -> None:
    start = '<?xml version="1.0" encoding="GB18030"?>\n'
    content = schedule(request("工单-1042", product="支架"), start=start).decode().encode("gb18030")

    root = document_of(content)

    assert root.findtext(f".//{{{NAMESPACE}}}MaterialDefinitionID") == "支架"


@pytest.mark.parametrize(
    ("content", "place", "text"),
    [
        (b"", "line 1", "no XML"),
        (b"{}", "line 1", "no XML"),
        (schedule()[:-30], "line ", "cut off"),
        (schedule(request("A&amp;B")).replace(b"&amp;amp;", b"&copy;"), "line 5", "entities"),
        (schedule(request("A")).replace(b"A</ID>", b"A</IDs>"), "line 5", "ends here"),
        (schedule(request("A")).replace(b"A</ID>", b"\xff</ID>"), "line 5", "encoding"),
        (schedule(request("A")).replace(b"A</ID>", b"\x01</ID>"), "line 5", "control character"),
        (schedule(start='<?xml version="1.0" encoding="klingon"?>'), "line 1", "UTF-8"),
        (b"<a>" * 300 + b"</a>" * 300, "", ""),
        (b"<a>" + (b"<b>" + b"<c/>" * 1000 + b"</b>") * (MOST_NODES // 1000) + b"</a>", "document", "in parts"),
        (b"<a>" + b"<b/>" * (MOST_SIBLINGS + 1) + b"</a>", "document", "1000 orders at most"),
        (b"<a " + b" ".join(b"a%d=''" % n for n in range(MOST_NODES)) + b"/>", "document", "in parts"),
    ],
    ids=[
        "nothing",
        "JSON",
        "cut",
        "entity",
        "end",
        "encoding",
        "control",
        "klingon",
        "deep",
        "large",
        "wide",
        "attributes",
    ],
)
def test_what_is_no_document_is_refused_where_it_ends_to_be_one(content: bytes, place: str, text: str) -> None:
    [(there, said)] = refusal(content)

    assert there.startswith(place)
    assert text in said


@pytest.mark.parametrize(
    ("before", "after", "place", "text"),
    [
        ("<ID>2027-W05</ID>", "", "OperationsRequest, line 4", "read here: ID"),
        (
            "<ID>WO-1</ID>",
            "<ID>WO-1</ID><Bogus/>",
            "OperationsRequest/Bogus, line 5",
            "Bogus is not read at this place; read here: Description",
        ),
        ("<ID>WO-1</ID>", "<ID> </ID>", "OperationsRequest/ID, line 5", "must not be empty"),
        ("<ID>WO-1</ID>", '<ID nation="x">WO-1</ID>', "OperationsRequest/ID, line 5", "attribute nation of ID"),
        (
            "2027-01-31T14:00:00Z",
            "tomorrow",
            "OperationsRequest/SegmentRequirement/LatestEndTime, line 6",
            "'tomorrow' is nothing that LatestEndTime takes. Give a time such as 2026-12-01T14:00:00Z.",
        ),
        ("<OperationsSegmentID>make</OperationsSegmentID>", "", "", "Put OperationsSegmentID before it"),
        ("<MaterialUse>Produced", "<MaterialUse>Eaten", "", "'Eaten' is nothing that MaterialUse takes. Give Produced"),
        ("<QuantityString>200</QuantityString>", "", "", "read here: QuantityString"),
        (
            "<QuantityString>200</QuantityString><UnitOfMeasure>C62</UnitOfMeasure>",
            "",
            "",
            "Quantity lacks QuantityString: MESA's schema wants it there.",
        ),
        (f'xmlns="{NAMESPACE}"', 'xmlns="http://www.wbf.org/xml/B2MML-V0401"', "OperationsSchedule, line 2", NAMESPACE),
        (f' xmlns="{NAMESPACE}"', "", "OperationsSchedule, line 2", NAMESPACE),
    ],
)
def test_a_mistake_is_told_with_its_element_and_line_in_plain_words(
    before: str, after: str, place: str, text: str
) -> None:
    content = schedule().decode()
    assert before in content

    [(there, said)] = refusal(content.replace(before, after, 1).encode())

    assert place in there
    assert text in said


def test_of_several_requests_the_place_says_which() -> None:
    wrong = request("WO-3").replace("<ProcessSegmentID>make</ProcessSegmentID>", "")

    [(place, _)] = refusal(schedule(request("WO-1"), request("WO-2"), wrong))

    assert place == "OperationsRequest[3]/SegmentRequirement/OperationsDefinitionID, line 16"


def test_a_transaction_around_a_schedule_is_told_to_be_left_off() -> None:
    inside = schedule(start="").decode()
    content = (
        f'<ProcessOperationsSchedule xmlns="{NAMESPACE}"><DataArea>{inside}</DataArea></ProcessOperationsSchedule>'
    )

    [(_, text)] = refusal(content.encode())

    assert "Send the OperationsSchedule that is in it by itself." in text


def test_no_more_mistakes_are_told_than_a_person_reads() -> None:
    requests = [request(f"WO-{n}", due="tomorrow") for n in range(1000)]

    assert len(refusal(schedule(*requests))) == 50


def test_a_document_that_is_wrong_everywhere_is_refused_within_seconds() -> None:
    """The validator walks along all siblings for each mistake: of seventy thousand that took it minutes."""
    tiny = "<OperationsRequest><ID></ID></OperationsRequest>" * 70_000
    parameters = "<SegmentParameter><ID/></SegmentParameter>" * 1000
    broken = f"<OperationsRequest><ID/><SegmentRequirement>{parameters}</SegmentRequirement></OperationsRequest>" * 70

    began = perf_counter()
    found = [len(refusal(schedule(one))) for one in (tiny, broken)]

    assert found == [1, 50]
    assert perf_counter() - began < 10


def test_a_thousand_orders_are_read_within_a_second() -> None:
    content = schedule(*(request(f"WO-{n}") for n in range(1000)))

    began = perf_counter()
    document_of(content)

    assert perf_counter() - began < 1


def mistakes(content: bytes) -> tuple[tuple[str, str], ...]:
    """What is wrong with a document; nothing where it is valid."""
    try:
        assert subset().validate(document_of(content))
    except BadDocument as refused:
        return refused.mistakes
    return ()


@given(st.binary(max_size=300))
def test_whatever_bytes_come_they_are_refused_with_a_reason(content: bytes) -> None:
    assert mistakes(content)


@given(
    st.integers(0, len(schedule()) - 1),
    st.sampled_from([b"", b"<", b">", b"&", b'"', b"\x00", b"<X/>", b"\xe4\xb8", b" xsi:nil='true'", b"<!DOCTYPE a>"]),
)
def test_a_document_that_is_spoilt_anywhere_is_valid_or_refused_with_place_and_text(at: int, what: bytes) -> None:
    content = schedule()

    assert all(place and text for place, text in mistakes(content[:at] + what + content[at + 1 :]))


def test_the_subset_is_a_schema_by_itself_and_copies_nobody() -> None:
    text = Path("mes/erp/b2mml/subset.xsd").read_text(encoding="utf-8")

    assert etree.XMLSchema(parsed(text.encode())) is not None
    assert ("import" in text, "include" in text, "MESA International" in text) == (False, False, False)
