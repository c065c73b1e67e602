"""A token and an error as OAuth 2.0 has them."""

from typing import Literal

from pydantic import BaseModel, Field

from mes.people.programs.token_request import Error


class TokenAnswer(BaseModel):
    """A token (RFC 6749, 5.1)."""

    access_token: str = Field(description="Send it as `Authorization: Bearer <token>`.")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  - the kind, no secret
    expires_in: int = Field(description="Seconds; less where the key itself ends sooner.", examples=[3600])
    scope: str = Field(description="What the token is good for, with blanks between.", examples=["orders read"])


class TokenRefused(BaseModel):
    """Why there is no token (RFC 6749, 5.2)."""

    error: Error
    error_description: str = Field(examples=["Only client_credentials is known here."])
