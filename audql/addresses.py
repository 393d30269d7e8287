"""What mail can be sent to. An address comes from a feed or a file, and goes into headers and SMTP commands, and into
no log."""

import re
import unicodedata

_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
"""Letters of any script before the @ (RFC 6531); a server may not take them."""
_LABEL = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")
_MOST, _MOST_BEFORE_AT = 254, 64


def is_address(text: str) -> bool:
    """Whether it is `local@domain` with nothing around it: no quotes, no comments, no line break, no second address."""
    local, at, domain = unicodedata.normalize("NFC", text).rpartition("@")
    return (
        bool(at)
        and len(text.encode()) <= _MOST
        and len(local.encode()) <= _MOST_BEFORE_AT
        and _LOCAL.fullmatch(local) is not None
        and "." in domain
        and all(_LABEL.fullmatch(label) for label in domain.split("."))
        and _in_ascii(domain) is not None
    )


def on_the_wire(address: str) -> str:
    """An address that is one, as SMTP takes it: the domain in ASCII. What is before the @ may be in any script."""
    if address.isascii():
        return address
    local, _, domain = unicodedata.normalize("NFC", address).rpartition("@")
    return f"{local}@{_in_ascii(domain)}"


def mailbox(text: str) -> tuple[str, str]:
    """`Name <address>` → both; the name is empty where there is none. Whether the address is one, is not looked at."""
    found = re.fullmatch(r'\s*"?([^<>"]*?)"?\s*<\s*([^<>]+?)\s*>\s*', text)
    return (found[1].strip(), found[2]) if found else ("", text.strip())


_QUOTED = re.compile(r'"[^"]*"@\S*')


def masked(text: str) -> str:
    """Words of ours with `…` for each that is an address, as a script has them. Words of others may have them in ways
    that this does not find: these are not quoted at all."""
    text = _QUOTED.sub("…", text)
    return re.sub(r"\S+", lambda word: "…" if _tells(word[0]) else word[0], text)


def _tells(word: str) -> bool:
    shown = unicodedata.normalize("NFKC", word)
    return "@" in shown.strip("@") or "%40" in shown


_OTHER_SINCE_2008 = frozenset("ßς\u200c\u200d")
"""Python's codec is of IDNA 2003, which puts others in their places: mail would go to somebody else's domain."""


def _in_ascii(domain: str) -> str | None:
    try:
        return ".".join(map(_label_in_ascii, domain.split(".")))
    except UnicodeError:
        return None


def _label_in_ascii(label: str) -> str:
    if _OTHER_SINCE_2008.isdisjoint(label):
        return label.encode("idna").decode("ascii")
    return "xn--" + label.lower().encode("punycode").decode("ascii")
