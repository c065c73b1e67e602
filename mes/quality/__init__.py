"""Quality: inspections and their plans, control charts and capability, defects, holds.

Other domains may ask `open_holds` of mes.quality.store_holds whether something is held.
"""
