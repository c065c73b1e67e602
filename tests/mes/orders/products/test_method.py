from decimal import Decimal

from mes.orders.products.method import canonical, method_hash, method_of

TIMES = {"ideal_cycle_us": 2_000_000, "standard_us": None, "setup_us": None, "setup_family": "钢"}


def test_the_hash_of_a_method_is_over_one_text_whatever_the_order_of_its_keys() -> None:
    method = method_of("A/12", {"id": "1", "label": "B"}, TIMES, Decimal("2.500000"), "counter", [])
    turned = dict(reversed(method.items()))

    assert method["units_per_count"] == "2.5"
    assert canonical(method) == canonical(turned)
    assert canonical(method).startswith('{"count_source":"counter","documents":[],"ideal_cycle_us":2000000,')
    assert method_hash(method) == method_hash(turned)
    assert method_hash(method) != method_hash(method | {"ideal_cycle_us": 2_000_001})


def test_a_product_without_a_version_has_a_method_that_says_so() -> None:
    method = method_of("part", None, dict.fromkeys(TIMES), Decimal(1), "counter", [])

    assert (method["product_version"], method["ideal_cycle_us"]) == (None, None)
