"""Quality: inspections and their plans, control charts and capability, defects, holds."""
