"""Quality: inspections and their plans, control charts and capability, defects, holds.

What other domains may ask: `open_holds`, whether something is held, and `decided_defects`, what is to be booked.
"""

from mes.quality.store_defects import decided_defects
from mes.quality.store_holds import OpenHold, open_holds

__all__ = ["OpenHold", "decided_defects", "open_holds"]
