"""Mails to a server: one connection for a run, opened again where it breaks."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from audql.addresses import masked, on_the_wire
from audql.mail.answers import in_our_words
from audql.mail.letter import Envelope, Letter, one_line
from audql.mail.way import LaterError, RefusedError, UnreachableError, nothing

_TRIES = 3
_PAUSE_S = 0.5


@dataclass(frozen=True, slots=True)
class Account:
    """Where the server is and who we are to it. The password shows in no message."""

    server: str
    port: int
    security: str
    """`starttls`, `tls` or `none`."""
    username: str
    password: str
    timeout_s: float


class Server:
    """A mail server. `context` says which certificates are trusted; the system's if left out."""

    def __init__(
        self,
        account: Account,
        envelope: Envelope,
        context: ssl.SSLContext | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._account, self._envelope = account, envelope
        self._context, self._sleep = context, sleep
        self._connection: smtplib.SMTP | None = None

    @property
    def name(self) -> str:
        return self._account.server

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def send(self, letter: Letter, meanwhile: Callable[[], None] = nothing) -> None:
        """Sends it. A connection that broke before the mail itself was sent is opened again, a few times."""
        content = _stuffed(letter.encode(self._envelope))
        for attempt in range(_TRIES):
            connection = self._connected()
            try:
                self._hand_over(connection, letter, content, meanwhile)
                return
            except (smtplib.SMTPServerDisconnected, OSError) as problem:
                self._hang_up()
                if attempt + 1 == _TRIES:
                    raise _unreachable(problem, of_mail=True) from None
                self._sleep(_PAUSE_S * 2**attempt)

    def _hand_over(
        self, connection: smtplib.SMTP, letter: Letter, content: bytes, meanwhile: Callable[[], None]
    ) -> None:
        # The commands as they are: what smtplib makes of an address first takes as long as the sending.
        extended = " SMTPUTF8 BODY=8BITMIME" if letter.wants_utf8 else ""
        if extended and not connection.has_extn("smtputf8"):
            raise RefusedError("the mail server takes no address with other letters than a-z before the @ (SMTPUTF8)")
        code, said = connection.docmd("MAIL", f"FROM:<{on_the_wire(self._envelope.address)}>{extended}")
        if code != 250:
            self._reset()
            raise UnreachableError(f"it does not take mail from us ({in_our_words(code, said)})")
        code, said = connection.docmd("RCPT", f"TO:<{on_the_wire(letter.to)}>")
        if code not in (250, 251):
            self._reset()
            raise _failure(code, said)
        code, said = connection.docmd("DATA")
        if code != 354:
            self._reset()
            raise _failure(code, said)
        try:
            connection.send(content + b".\r\n")
            meanwhile()
            code, said = connection.getreply()
        except (smtplib.SMTPServerDisconnected, OSError) as problem:
            self._hang_up()
            raise _unreachable(problem, of_mail=True) from None
        if code != 250:
            self._reset()
            raise _failure(code, said)

    def _connected(self) -> smtplib.SMTP:
        """The connection, opened and logged in. Raises UnreachableError."""
        if self._connection is None:
            for attempt in range(_TRIES):
                try:
                    self._connection = self._open()
                    break
                except smtplib.SMTPAuthenticationError as problem:
                    answer = in_our_words(problem.smtp_code, problem.smtp_error)
                    raise UnreachableError(f"it does not let us in ({answer})") from None
                except UnicodeEncodeError:
                    raise UnreachableError("it takes no username or password with other letters than ASCII") from None
                except (smtplib.SMTPNotSupportedError, ssl.SSLError) as problem:
                    raise _unreachable(problem) from None
                except (smtplib.SMTPException, OSError) as problem:
                    if attempt + 1 == _TRIES:
                        raise _unreachable(problem) from None
                    self._sleep(_PAUSE_S * 2**attempt)
        assert self._connection is not None
        return self._connection

    def _open(self) -> smtplib.SMTP:
        account = self._account
        connection: smtplib.SMTP
        if account.security == "tls":
            context = self._context or ssl.create_default_context()
            connection = smtplib.SMTP_SSL(account.server, account.port, timeout=account.timeout_s, context=context)
        else:
            connection = smtplib.SMTP(account.server, account.port, timeout=account.timeout_s)
        try:
            connection.command_encoding = "utf-8"
            connection.ehlo_or_helo_if_needed()
            if account.security == "starttls":
                connection.starttls(context=self._context or ssl.create_default_context())
                connection.ehlo()
            if account.username:
                connection.login(account.username, account.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _reset(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._connection.rset()
                return
            self._hang_up()

    def _close(self) -> None:
        """Takes leave."""
        if self._connection is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._connection.quit()
        self._hang_up()

    def _hang_up(self) -> None:
        """Where nobody may be listening."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _stuffed(content: bytes) -> bytes:
    """With a second dot before each that begins a line: one alone ends a mail (RFC 5321, 4.5.2)."""
    return content.replace(b"\r\n.", b"\r\n..")


def _failure(code: int, said: bytes) -> Exception:
    """A code of 500 and more is for good; 421 ends the connection."""
    why = in_our_words(code, said)
    if code == 421 or code < 400:
        return UnreachableError(f"it answers {why}", of_mail=True)
    return RefusedError(why) if code >= 500 else LaterError(why)


def _unreachable(problem: Exception, *, of_mail: bool = False) -> UnreachableError:
    match problem:
        case TimeoutError():
            return UnreachableError("it does not answer in time", of_mail=of_mail)
        case smtplib.SMTPServerDisconnected() | ConnectionResetError() | BrokenPipeError():
            return UnreachableError("it drops the connection", of_mail=of_mail)
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=said):
            return UnreachableError(f"it answers {in_our_words(code, said)}", of_mail=of_mail)
        case _:
            why = getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
            return UnreachableError(one_line(masked(why), 120), of_mail=of_mail)
