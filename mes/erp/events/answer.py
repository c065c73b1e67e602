"""An event of the feed → what the API, webhooks and MQTT tell of it. Pure."""

from mes.erp.events.models import EventAnswer
from mes.feed.event import Event


def event_answer(event: Event) -> EventAnswer:
    """The one document that everybody is told."""
    return EventAnswer(
        id=event.id,
        type=event.type,
        position=event.position,
        timestamp=event.at,
        subject=event.subject,
        subject_version=event.subject_version,
        data=event.data,
    )
