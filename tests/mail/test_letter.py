"""A mail's bytes: what goes in is what the standard library reads back, and no value becomes a header."""

from __future__ import annotations

import datetime as dt
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sampling import examples

from audql.addresses import is_address, mailbox, on_the_wire
from audql.mail.letter import Envelope, Letter, one_line

SENT = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
ENVELOPE = Envelope("Learning", "learning@example.com", "help@example.com", "example.com", SENT)
HEADERS = ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]


def read(letter: Letter) -> EmailMessage:
    content = letter.encode(ENVELOPE)
    assert content.isascii()
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    found = message_from_bytes(content, policy=SMTP)
    assert isinstance(found, EmailMessage)
    return found


anything = st.text(max_size=200) | st.sampled_from(
    ["x\r\nBcc: eve@example.com", "x\n\nbody", "=?utf-8?q?x?=", "\0", "a\u2028b"]
)


@examples(100)
@given(anything, anything, anything, anything)
def test_what_goes_in_is_read_back(name: str, subject: str, text: str, html: str) -> None:
    found = read(Letter("k1", "ann@example.com", name, subject, text, html))
    assert sorted(found.keys()) == sorted(HEADERS)
    assert found["Message-ID"] == "<k1@example.com>"
    assert found["To"].addresses[0].addr_spec == "ann@example.com"
    assert len(found["To"].addresses) == 1
    assert str(found["Subject"]).split() == one_line(subject).encode("utf-8", "replace").decode().split()
    plain, rich = found.iter_parts()
    assert isinstance(plain, EmailMessage)
    assert isinstance(rich, EmailMessage)
    for part, body in ((plain, text), (rich, html)):
        wanted = body.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")
        assert part.get_content().replace("\r\n", "\n").rstrip("\n") == wanted.rstrip("\n")


@pytest.mark.parametrize(
    "text",
    [
        "ann@example.com\r\nBcc: eve@example.com",
        "ann@example.com\n",
        "ann@example.com, eve@example.com",
        "<ann@example.com>",
        '"ann b"@example.com',
        "ann@example.com>",
        "ann @example.com",
        "ann@[127.0.0.1]",
        "ann",
        "@example.com",
        "ann@",
        "ann@example",
        "ann..b@example.com",
        "ann@-example.com",
        "än n@example.com",
        "ann\u200b@example.com",
        "ann\u2028@example.com",
        "ä" * 33 + "@example.com",
        "a" * 65 + "@example.com",
        "ann@" + "a" * 64 + ".com",
        "ann@example..com",
        "",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert not is_address(text)


def test_addresses() -> None:
    assert is_address("o'neil+x@sub.example.co.uk")
    assert is_address("ann@bücher.example")
    assert on_the_wire("ann@bücher.example") == "ann@xn--bcher-kva.example"
    assert is_address("jörg@exämple.org")


@pytest.mark.parametrize(
    ("address", "sent_to"),
    [
        ("ann@jörg.example", "ann@xn--jrg-sna.example"),
        ("ann@straße.example", "ann@xn--strae-oqa.example"),
        ("ann@faß.exämple.org", "ann@xn--fa-hia.xn--exmple-cua.org"),
    ],
)
def test_a_domain_is_itself_and_not_what_it_was_before_2008(address: str, sent_to: str) -> None:
    assert is_address(address)
    assert on_the_wire(address) == sent_to
    assert on_the_wire("jo\u0308rg@exa\u0308mple.org") == on_the_wire("jörg@exämple.org") == "jörg@xn--exmple-cua.org"
    assert mailbox("Ann Lee <ann@example.com>") == ("Ann Lee", "ann@example.com")
    assert mailbox('"Lee, Ann" <ann@example.com>') == ("Lee, Ann", "ann@example.com")
    assert mailbox(" ann@example.com ") == ("", "ann@example.com")


def test_an_address_that_is_no_ascii_is_read_back() -> None:
    letter = Letter("k1", "jörg@exämple.org", "Jörg", "Über", "text", "<p>x</p>")
    assert letter.wants_utf8
    assert not Letter("k1", "jorg@exämple.org", "Jörg", "", "", "").wants_utf8
    content = letter.encode(ENVELOPE)
    assert "<jörg@xn--exmple-cua.org>".encode() in content
    found = message_from_bytes(content, policy=SMTPUTF8)
    read_back = found["To"].addresses[0].addr_spec.encode("ascii", "surrogateescape").decode()
    assert read_back == "jörg@xn--exmple-cua.org"


@examples(100)
@given(st.text(max_size=60))
def test_no_address_breaks_a_line(text: str) -> None:
    if is_address(text):
        assert on_the_wire(text).rpartition("@")[2].isascii()
        assert on_the_wire(text).isprintable()
        assert not any(c in text for c in "\r\n<>,; \t\0")
