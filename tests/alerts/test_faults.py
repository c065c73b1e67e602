from alerts.faults import MOST_REASON, Faults


def test_a_fault_is_new_once_and_over_once() -> None:
    faults = Faults()
    told = []
    for odd in (True, True, False, True):
        with faults.passed_over("rule hot on press-1"):
            assert int("odd" if odd else "1")
        new, over = faults.end_of_round()
        told.append((list(new), list(over)))

    rule = ["rule hot on press-1"]
    assert told == [(rule, []), ([], []), ([], rule), (rule, [])]


def test_health_names_the_first_and_counts_the_rest() -> None:
    faults = Faults()
    for machine in ("press-1", "press-2", "press-3"):
        faults.add(f"rule hot on {machine}", ValueError("a line\nand another" + "x" * 1000))
    faults.end_of_round()

    assert faults.trouble.startswith("rule hot on press-1 cannot be judged: ValueError: a line and another")
    assert faults.trouble.endswith(", and 2 more")
    assert len(faults.last["rule hot on press-1"]) == MOST_REASON


def test_nothing_is_said_while_all_is_judged() -> None:
    assert Faults().trouble == ""
