"""Quality: inspections and their plans, control charts and capability, defects, holds.

What other domains may ask: `open_holds`, whether something is held; `decided_defects`, what is to be booked;
`open_inspections`, what is still to be inspected of an operation.
"""

from mes.quality.store_defects import decided_defects
from mes.quality.store_due import open_inspections
from mes.quality.store_holds import OpenHold, open_holds

__all__ = ["OpenHold", "decided_defects", "open_holds", "open_inspections"]
