"""A real mail server, aiosmtpd, that can refuse, stall and hang up."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from audql.mail.letter import Envelope as OurEnvelope
from audql.mail.letter import Letter
from audql.mail.smtp import Account, Server

ENVELOPE = OurEnvelope("Learning", "learning@example.com", "", "example.com", dt.datetime(2026, 11, 23, tzinfo=dt.UTC))


@dataclass
class Handler:
    """What it took, and what it says to whom: address → reply to RCPT; subject → what happens to the mail."""

    took: list[tuple[str, str, str]] = field(default_factory=list)
    """Address, Message-ID, subject."""
    connections: int = 0
    recipients: dict[str, str] = field(default_factory=dict)
    sender: str = ""
    """A reply to MAIL."""
    content: dict[str, str] = field(default_factory=dict)
    """A reply; `stall`; `drop`, before it took the mail, or `took and drop`, after that."""
    times: int = 1 << 30
    """How often it does what `content` says."""

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.sender or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if reply := self.recipients.get(address):
            if reply == "drop":
                assert server.transport is not None
                server.transport.close()
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        does = self.content.get(str(mail["Subject"]), "") if self.times > 0 else ""
        self.times -= bool(does)
        if does == "stall":
            await asyncio.sleep(5)
        if does in ("", "took and drop"):
            self.took.append((envelope.rcpt_tos[0], str(mail["Message-ID"]), str(mail["Subject"])))
        if "drop" in does:
            assert server.transport is not None
            server.transport.close()
        return does if does[:1].isdigit() else "250 OK"


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Of the server, and one that trusts it."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)),
        ],
        check=True,
        capture_output=True,
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    return server, ssl.create_default_context(cafile=str(cert))


@contextmanager
def serving(
    handler: Handler,
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    login: tuple[str, str] | None = None,
    utf8: bool = False,
) -> Iterator[int]:
    """The server, at work; its port."""

    def authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, auth_data: LoginPassword
    ) -> AuthResult:
        given = auth_data.login.decode(), auth_data.password.decode()
        return AuthResult(success=given == login, handled=False)

    with socket.socket() as found:
        found.bind(("localhost", 0))
        free = found.getsockname()[1]
    controller = Controller(
        handler,
        hostname="localhost",
        port=free,
        server_hostname="localhost",
        ssl_context=tls,
        tls_context=starttls,
        require_starttls=starttls is not None,
        enable_SMTPUTF8=utf8,
        auth_required=login is not None,
        auth_require_tls=starttls is not None,
        authenticator=authenticate if login is not None else None,
    )
    controller.start()
    try:
        handler.connections = 0  # its own first one
        yield free
    finally:
        controller.stop()


def server(
    port: int,
    *,
    security: str = "none",
    username: str = "",
    password: str = "",
    timeout_s: float = 5,
    context: ssl.SSLContext | None = None,
) -> Server:
    """The way there."""
    account = Account("localhost", port, security, username, password, timeout_s)
    return Server(account, ENVELOPE, context, sleep=lambda seconds: None)


def letter(key: str, to: str = "ann@example.com", subject: str = "") -> Letter:
    return Letter(key, to, "Ann", subject or key, f"text of {key}\n.\n", "<p>x</p>")
