"""Who speaks to whom: the agent's certificate, the server's, and the identity; checked before anything is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from asyncua import Client, ua
from asyncua.crypto import security_policies as policies
from asyncua.crypto.uacrypto import CertProperties

from config.opcua import OpcUaDevice
from edge.opcua.certificates import Certificates, Refused, chain_of, uris_of
from edge.opcua.chunks import Chunks

POLICIES: dict[str, type[policies.SecurityPolicy]] = {
    "Basic256Sha256": policies.SecurityPolicyBasic256Sha256,
    "Aes128Sha256RsaOaep": policies.SecurityPolicyAes128Sha256RsaOaep,
    "Aes256Sha256RsaPss": policies.SecurityPolicyAes256Sha256RsaPss,
}
NAMES = {policy.URI: name for name, policy in POLICIES.items()} | {policies.SecurityPolicyNone.URI: "none"}
MODES = {"sign": ua.MessageSecurityMode.Sign, "sign_and_encrypt": ua.MessageSecurityMode.SignAndEncrypt}
MODE_NAMES = {mode: name for name, mode in MODES.items()}


# What a server's answer most probably means, for the person who can mend it.
CURES = {
    "BadSecurityChecksFailed": "let the server trust this agent's certificate (shopfloor certificate show)",
    "BadCertificateUntrusted": "let the server trust this agent's certificate (shopfloor certificate show)",
    "BadCertificateUriInvalid": "make the agent's certificate anew (shopfloor certificate create)",
    "BadCertificateTimeInvalid": "compare the clocks, and how long the agent's certificate is valid",
    "BadIdentityTokenRejected": "the server does not accept this user, or not in this way",
    "BadIdentityTokenInvalid": "the server does not accept this user, or not in this way",
    "BadUserAccessDenied": "user or password is wrong, or the user may not read",
}


@dataclass(frozen=True, slots=True)
class Keys:
    """Where certificates are, and the environment that holds passwords."""

    certificates: Certificates
    environment: Mapping[str, str]


class CarefulClient(Client):  # type: ignore[misc]  # asyncua is a stranger to mypy
    """A client that never sends a password that others could read, and takes no chunk that is too large."""

    chunks: Chunks | None = None

    async def connect_socket(self) -> None:
        """As asyncua's, with a bound on chunks."""
        await super().connect_socket()
        parser = self.uaclient.protocol
        if parser.transport is not None:
            self.chunks = Chunks(parser)
            parser.transport.set_protocol(self.chunks)

    async def create_session(self) -> ua.CreateSessionResult:
        """As asyncua's, but Refused where the server asks for the password in plain text."""
        made = await super().create_session()
        if self._username is not None:
            policy = self.server_policy(ua.UserTokenType.UserName).SecurityPolicyUri
            plain = not policy or policy == policies.SecurityPolicyNone.URI
            if plain and self.security_policy.Mode != ua.MessageSecurityMode.SignAndEncrypt:
                raise Refused("the server asks for the password in plain text: set mode to sign_and_encrypt")
        return made


async def secure(client: CarefulClient, device: OpcUaDevice, keys: Keys) -> None:
    """Prepare a client that is not yet connected; Refused when the server may not be trusted or spoken to."""
    if device.security == "none":
        return
    own = keys.certificates.own()
    uris = uris_of(own)
    client.application_uri = uris[0] if uris else client.application_uri
    endpoint = _endpoint(await client.connect_and_get_server_endpoints(), device)
    try:
        chain = chain_of(endpoint.ServerCertificate or b"")
    except ValueError as err:
        raise Refused("the server shows no certificate that can be read: give it one") from err
    keys.certificates.check(chain, endpoint.Server.ApplicationUri or "", device.url, datetime.now(UTC))
    await client.set_security(
        POLICIES[device.security],
        CertProperties(keys.certificates.certificate, "der"),
        CertProperties(keys.certificates.key, "pem"),
        server_certificate=CertProperties(endpoint.ServerCertificate[: _length(endpoint.ServerCertificate)], "der"),
        mode=MODES[device.mode],
    )
    await _identify(client, device, keys)


async def _identify(client: CarefulClient, device: OpcUaDevice, keys: Keys) -> None:
    if device.user is not None:
        password = keys.environment.get(device.password_env or "")
        if not password:
            raise Refused(f"{device.password_env} is not set: it holds the password of user {device.user!r}")
        client.set_user(device.user)
        client.set_password(password)
    elif device.user_certificate is not None:
        folder = keys.certificates.users
        certificate, key = (folder / f"{device.user_certificate}{end}" for end in (".der", ".key"))
        try:
            await client.load_client_certificate(str(certificate), "der")
            await client.load_private_key(Path(key), None, "pem")
        except (OSError, ValueError, TypeError) as err:
            raise Refused(f"{certificate} and {key} cannot be used ({err}): DER and PEM, without password") from err


def _endpoint(endpoints: list[ua.EndpointDescription], device: OpcUaDevice) -> ua.EndpointDescription:
    for endpoint in endpoints:
        wanted = POLICIES[device.security].URI, MODES[device.mode]
        if (endpoint.SecurityPolicyUri, endpoint.SecurityMode) == wanted:
            return endpoint
    offered = sorted(
        {
            f"{NAMES.get(e.SecurityPolicyUri, e.SecurityPolicyUri)} {MODE_NAMES.get(e.SecurityMode, '')}"
            for e in endpoints
        }
    )
    raise Refused(
        f"the server does not offer {device.security} {device.mode}: it offers {', '.join(o.strip() for o in offered)}"
    )


def _length(der: bytes) -> int:
    """Of the first certificate in a chain."""
    return int.from_bytes(der[2:4]) + 4
