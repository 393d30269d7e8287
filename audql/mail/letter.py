"""What one mail says → the bytes that a mail server takes.

Made by hand, as the standard library's `email` takes longer over a message than a server near by does. A test reads it
back with that library.
"""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import dataclass
from email.utils import format_datetime
from functools import cached_property

from audql.addresses import on_the_wire

_MOST_OF_A_LINE = 998
_WORD_BYTES = 45
"""Of an encoded word: with what is around it, it has at most 75 characters (RFC 2047)."""


@dataclass(frozen=True)
class Envelope:
    """What all mails of a workspace have. `domain` is behind the `@` of their Message-IDs."""

    sender: str
    address: str
    reply_to: str
    domain: str
    sent: dt.datetime

    @cached_property
    def lines(self) -> str:
        """The headers that are the same in all."""
        lines = [
            f"From: {_mailbox(self.sender, self.address)}",
            f"Date: {format_datetime(self.sent)}",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ]
        if self.reply_to:
            lines.append(f"Reply-To: {on_the_wire(self.reply_to)}")
        return "\r\n".join(lines)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one address. `key`: the same for the same messages, however often it is tried."""

    key: str
    to: str
    name: str
    subject: str
    text: str
    html: str

    @property
    def wants_utf8(self) -> bool:
        """Whether the address goes only to servers that take more than ASCII (RFC 6531)."""
        return not on_the_wire(self.to).isascii()

    def encode(self, envelope: Envelope) -> bytes:
        """Header lines, of ASCII but for such an address, and both bodies; lines end as SMTP wants them."""
        boundary = f"=_{self.key}"
        lines = [
            envelope.lines,
            f"To: {_mailbox(self.name, self.to)}",
            f"Subject: {_words(self.subject)}",
            f"Message-ID: <{self.key}@{envelope.domain}>",
            f'Content-Type: multipart/alternative; boundary="{boundary}"',
        ]
        parts = [
            f"--{boundary}\r\n{_part(kind, body)}\r\n" for kind, body in (("plain", self.text), ("html", self.html))
        ]
        return ("\r\n".join(lines) + "\r\n\r\n" + "".join(parts) + f"--{boundary}--\r\n").encode()


def one_line(text: str, most: int = 300) -> str:
    """What came from outside, fit for a header: no line break, nothing that does not show."""
    if text.isprintable() and len(text) <= most and "  " not in text:  # as nearly all is
        return text.strip(" ")
    shown = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(shown.split())[:most]


def _mailbox(name: str, address: str) -> str:
    wire = on_the_wire(address)
    name = one_line(name, 100)
    if not name:
        return wire
    if name.isascii():
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{wire}>'
    return f"{_words(name)} <{wire}>"


def _words(text: str) -> str:
    """The text, encoded where it is not plain, folded where it is long."""
    text = one_line(text)
    if text.isascii() and "=?" not in text:
        return "\r\n ".join(_folded(text))
    words, word = [], b""
    for character in text:
        encoded = character.encode("utf-8", "replace")
        if len(word) + len(encoded) > _WORD_BYTES:
            words.append(word)
            word = b""
        word += encoded
    words.append(word)
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(each).decode('ascii')}?=" for each in words)


def _folded(text: str) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + len(word) > 70:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines


def _part(kind: str, body: str) -> str:
    body = body.replace("\r\n", "\n").replace("\r", "\n")
    lines = body.split("\n")
    if body.isascii() and max(map(len, lines)) <= _MOST_OF_A_LINE and "\0" not in body:
        return f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" + "\r\n".join(
            lines
        )
    encoded = base64.encodebytes("\r\n".join(lines).encode("utf-8", "replace")).decode("ascii")
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head + encoded.replace("\n", "\r\n")
