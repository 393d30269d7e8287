"""Mails to a real server: one connection, TLS and login; and one that refuses, stalls and hangs up."""

from __future__ import annotations

from pathlib import Path

import pytest
from mail_server import Handler, certificate, letter, server, serving

from audql.addresses import masked
from audql.mail.way import LaterError, RefusedError, UnreachableError


@pytest.fixture
def handler() -> Handler:
    return Handler()


def test_many_over_one_connection(handler: Handler) -> None:
    with serving(handler) as port, server(port) as way:
        for n in range(20):
            way.send(letter(f"k{n}"))
    assert [message_id for _, message_id, _ in handler.took] == [f"<k{n}@example.com>" for n in range(20)]
    assert handler.connections == 1


@pytest.mark.parametrize("utf8", [False, True])
def test_an_address_in_other_letters(handler: Handler, utf8: bool) -> None:
    with serving(handler, utf8=utf8) as port, server(port) as way:
        if utf8:
            way.send(letter("k1", "jörg@exämple.org"))
        else:
            with pytest.raises(RefusedError, match="SMTPUTF8"):
                way.send(letter("k1", "jörg@exämple.org"))
        way.send(letter("k2", "jorg@exämple.org"))
    told = [address for address, _, _ in handler.took]
    assert told == ["jörg@xn--exmple-cua.org", "jorg@xn--exmple-cua.org"][0 if utf8 else 1 :]


def test_starttls_and_login(tmp_path: Path, handler: Handler) -> None:
    its, ours = certificate(tmp_path)
    with serving(handler, starttls=its, login=("audql", "secret")) as port:
        with server(port, security="starttls", username="audql", password="secret", context=ours) as way:
            way.send(letter("k"))
        for account, wanted in (
            ("audql", "does not let us in (535 5.7.8: the username or the password is wrong)"),
            ("müller", "takes no username or password with other letters than ASCII"),
            ("", "530"),
        ):
            with (
                server(port, security="starttls", username=account, password="other-one", context=ours) as way,
                pytest.raises(UnreachableError) as stopped,
            ):
                way.send(letter("k"))
            assert wanted in stopped.value.why
            assert "other-one" not in stopped.value.why
    assert len(handler.took) == 1


def test_tls(tmp_path: Path, handler: Handler) -> None:
    its, ours = certificate(tmp_path)
    with serving(handler, tls=its) as port:
        with server(port, security="tls", context=ours) as way:
            way.send(letter("k"))
        with server(port, security="tls") as way, pytest.raises(UnreachableError, match="certificate"):
            way.send(letter("k"))
    assert len(handler.took) == 1


def test_no_password_goes_where_there_is_no_tls(handler: Handler) -> None:
    with (
        serving(handler, login=None) as port,
        server(port, security="starttls", username="audql", password="secret") as way,
        pytest.raises(UnreachableError, match="STARTTLS"),
    ):
        way.send(letter("k"))


@pytest.mark.parametrize(
    ("reply", "raised"),
    [
        ("550 5.1.1 <ann@example.com> unknown", RefusedError("550 5.1.1: no such mailbox")),
        ("550-5.1.1 <ann@exam\r\n550 5.1.1 ple.com> unknown", RefusedError("550 5.1.1: no such mailbox")),
        ("552 mailbox of ann@example.com is full", RefusedError("552")),
        ("450 4.2.1 ann@example.com: try later", LaterError("450 4.2.1: the server does not take it now")),
        ("450 ann@example.com: try later", LaterError("450: the server does not take it now")),
        ("452 4.2.2 ann@example.com: try later", LaterError("452 4.2.2: the mailbox is full")),
        ("550 5.2.1 ann@example.com is away", RefusedError("550 5.2.1: the mailbox is switched off")),
        ("550 5.9.99 RCPT_TO=annx ann=40example.com ann(at)example.com", RefusedError("550 5.9.99")),
        ("550 5.1.1.ann annx, user-ann", RefusedError("550")),
        ("550 user=ann; mailbox:ann, rcpt/ann/", RefusedError("550")),
        (
            "421 4.3.2 going down, write to ann@example.com",
            UnreachableError("it answers 421 4.3.2: the server does not take it now"),
        ),
    ],
)
def test_of_what_a_server_answers_only_the_codes_are_kept(handler: Handler, reply: str, raised: Exception) -> None:
    handler.recipients = {"ann@example.com": reply}
    with serving(handler) as port, server(port) as way:
        with pytest.raises(type(raised)) as stopped:
            way.send(letter("k1"))
        assert str(stopped.value) == str(raised)
        way.send(letter("k2", "bob@example.com"))
    assert [to for to, *_ in handler.took] == ["bob@example.com"]


@pytest.mark.parametrize(("reply", "raised"), [("554 no", RefusedError), ("451 later", LaterError)])
def test_a_mail_that_is_refused(handler: Handler, reply: str, raised: type[Exception]) -> None:
    handler.content = {"bad": reply}
    with serving(handler) as port, server(port) as way:
        with pytest.raises(raised):
            way.send(letter("k1", subject="bad"))
        way.send(letter("k2"))
    assert handler.connections == 1
    assert len(handler.took) == 1


@pytest.mark.parametrize("does", ["drop", "took and drop", "stall"])
def test_a_line_that_is_cut_leaves_the_mail_in_doubt(handler: Handler, does: str) -> None:
    handler.content, handler.times = {"bad": does}, 1
    with serving(handler) as port, server(port, timeout_s=0.3) as way:
        with pytest.raises(UnreachableError) as cut:
            way.send(letter("k1", subject="bad"))
        assert cut.value.of_mail
        way.send(letter("k1", subject="bad"))
    ids = [message_id for _, message_id, _ in handler.took]
    assert ids == ["<k1@example.com>"] * (2 if does == "took and drop" else 1)
    assert handler.connections == 2


def test_a_server_that_does_not_take_mail_from_us(handler: Handler) -> None:
    handler.sender = "550 5.7.1 learning@example.com may not; ask postmaster@example.com"
    with serving(handler) as port, server(port) as way, pytest.raises(UnreachableError) as stopped:
        way.send(letter("k1"))
    assert stopped.value.why == "it does not take mail from us (550 5.7.1: it is not allowed)"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<a.b@c.de>, x", "… x"),
        ("to=ann%40example.com no", "… no"),
        ("ann＠example.com", "…"),
        ('"ann lee"@example.com: no', "… no"),
        ("5 @ 3", "5 @ 3"),
        ("jörg@exämple.org\r\nbob@example.org", "…\r\n…"),
        ('"' * 100_000, '"' * 100_000),
    ],
)
def test_what_is_masked(text: str, wanted: str) -> None:
    assert masked(text) == wanted


def test_nobody_there() -> None:
    with server(1) as way, pytest.raises(UnreachableError) as stopped:
        way.send(letter("k"))
    assert not stopped.value.of_mail
