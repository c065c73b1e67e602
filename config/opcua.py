"""How an OPC UA server is reached, as written in the plant file."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.device import Device, ModbusDevice, Tag
from config.durations import PositiveDuration, SignedDuration

FARTHEST_ZONE = timedelta(days=1)


class OpcUaDevice(Device):
    """A PLC behind OPC UA; node ids may name their namespace by URI: 'nsu=urn:maker:plc;s=Press.State'."""

    protocol: Literal["opcua"]
    url: Annotated[str, Field(pattern=r"^opc\.tcp://[^/\s@]+(/\S*)?$")]
    read: Literal["subscribe", "poll"] = "subscribe"
    sampling: PositiveDuration | None = None
    queue: Annotated[int, Field(ge=1, le=100_000)] = 10
    history: bool = True
    time: Literal["source", "server", "received"] = "source"
    time_offset: SignedDuration = timedelta(0)
    security: Literal["none", "Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss"] = "none"
    mode: Literal["sign", "sign_and_encrypt"] = "sign_and_encrypt"
    user: Annotated[str | None, Field(min_length=1)] = None
    password_env: Annotated[str | None, Field(pattern=r"^[A-Z][A-Z0-9_]{0,99}$")] = None
    user_certificate: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")] = None

    @model_validator(mode="after")
    def times_fit(self) -> Self:
        """An offset is that of a zone, of times that somebody gives."""
        if abs(self.time_offset) > FARTHEST_ZONE:
            raise ValueError("'time_offset' is at most a day: for a clock that is further off write 'time: server'")
        if self.time_offset and self.time == "received":
            raise ValueError("'time: received' takes no time of the server: leave out 'time_offset'")
        return self

    @model_validator(mode="after")
    def identity_fits(self) -> Self:
        """A user has one proof, and it is sent to a server that is known only."""
        if (self.user is None) != (self.password_env is None):
            raise ValueError("'user' and 'password_env' belong together: the variable holds the user's password")
        if self.user is not None and self.user_certificate is not None:
            raise ValueError("give 'user' or 'user_certificate', not both")
        if (self.user or self.user_certificate) and self.security == "none":
            raise ValueError("a user needs 'security': without it anybody could read or change what is sent")
        return self

    def subscribes(self, tag: Tag) -> bool:
        """True when the server shall tell the tag's changes by itself."""
        return (tag.read or self.read) == "subscribe"


AnyDevice = Annotated[ModbusDevice | OpcUaDevice, Field(discriminator="protocol")]
