"""Letter → whatever Apprise knows. It looks at the status of HTTP only, so "sent" is all that is ever known."""

from importlib import import_module
from importlib.util import find_spec

from alerts.channels.letter import Letter, Style, text_of, title_of
from alerts.channels.message import NotDelivered, Refusal, Taken, Trouble
from config.channels import Apprise
from runtime.settings import BadSetting, Settings


class AppriseSender:
    """Sends to one address of Apprise."""

    room, pictures = None, False

    def __init__(self, channel: Apprise, settings: Settings, style: Style) -> None:
        self.style = style
        address = settings.environment.get(channel.url_env, "")
        if not address:
            raise BadSetting(
                f"{channel.url_env} is not set: channel '{channel.id}' of the plant file needs its address"
            )
        if find_spec("apprise") is None:
            raise BadSetting(f"channel '{channel.id}' needs Apprise: pip install 'shopfloor[apprise]'")
        self.apprise = import_module("apprise").Apprise()
        if not self.apprise.add(address):
            raise BadSetting(f"{channel.url_env} is not an address of Apprise: see the list of its services")

    def parts(self, _: Letter) -> int:
        """Apprise cuts or splits by itself."""
        return 1

    def send(self, letter: Letter) -> Taken:
        """Deliver, or NotDelivered; a provider that refuses with status 200 counts as having taken it."""
        if not self.apprise.notify(title=title_of(letter), body=text_of(letter, self.style)):
            raise NotDelivered(Refusal(Trouble.DOWN, "Apprise could not deliver it", cut_off=True))
        return Taken(relayed=True)
