"""The version of the engine that turns facts into time elements. Pure.

Sums that were kept are made anew where it differs. Raise it with every change after which the same facts, calendar and
policy give other elements; tests/mes/kpi/test_engine.py fails until that is done. A changed comment costs nothing.
"""

ENGINE_VERSION = 1
