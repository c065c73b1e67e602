"""Notes of a shift for the next one. What other screens may ask: `notes_of`, the notes of some days and places."""

from mes.people.notes.store import notes_of

__all__ = ["notes_of"]
