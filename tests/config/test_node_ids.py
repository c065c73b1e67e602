"""A node id that no server can have is told before anything is read."""

import pytest

from config.node_ids import wrong_node


@pytest.mark.parametrize(
    "node",
    [
        "nsu=urn:maker:plc;s=Press.State",
        "ns=2;s=Press.State",
        "ns=0;i=2258",
        "i=2258",
        "s=foo",
        "ns=4;i=4294967295",
        'nsu=urn:odd;s=a "quoted"; semi;colon = eq',
        "nsu=urn:odd;s= leading and trailing ",
        "nsu=http://maker/压力机;s=压力机.温度 °C",
        "ns=2;g=72962B91-fa75-4ae6-8d28-b404dc7daf63",
        "ns=2;b=AQID",
        "ns=2;s=s=1",
        "ns=2;s=two\nlines",
    ],
)
def test_what_opc_ua_allows_is_right(node: str) -> None:
    assert wrong_node(node) == ""


@pytest.mark.parametrize(
    ("node", "cure"),
    [
        ("NS=2;S=Steady", "write 'ns=2;s=Steady', in small letters and without blanks"),
        ("ns=2; s=Steady", "write 'ns=2;s=Steady', in small letters and without blanks"),
        (" ns=2;s=Steady", "write 'ns=2;s=Steady', in small letters and without blanks"),
        ("ns=2;i=Steady", "a name is 'ns=2;s=Steady'"),
        ("i=4294967296", "'i' is a number up to 4294967295"),
        ("i=-1", "a name is 's=-1'"),
        ("i=²", "a name is 's=²'"),
        ("ns=65536;i=1", "'ns' is a number up to 65535"),
        ("ns=urn:maker;s=x", "a namespace's URI comes after 'nsu='"),
        ("nsu=;s=x", "names no namespace"),
        ("ns=2;s=", "ends after 's='"),
        ("ns=2;", "is no node id: write one such as"),
        ("/Objects/2:Line/2:Steady", "is a path of browse names"),
        ("Steady", "is no node id"),
        ("", "is no node id"),
        ("ns=2;g=12", "'g' is a GUID"),
        ("ns=2;b=###", "'b' is a byte string in Base64"),
        ("ns=2;x=1", "is no node id"),
    ],
)
def test_what_no_server_can_have_is_told_with_its_cure(node: str, cure: str) -> None:
    assert cure in wrong_node(node)
