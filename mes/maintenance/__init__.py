"""Maintenance: calls for help from a machine (andon).

What other domains and screens may ask: `open_calls`, which calls wait or are answered and not ended.
"""

from mes.maintenance.calls import Call, CallKind
from mes.maintenance.store_calls import open_calls

__all__ = ["Call", "CallKind", "open_calls"]
