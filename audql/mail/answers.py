"""What a mail server answers → its codes, and what they mean in our words. Its own are not kept: servers like to repeat
the address, and in more ways than anyone can find."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ENHANCED = re.compile(r"[245]\.(\d{1,3}\.\d{1,3})(?!\S)")
_MEANS: Mapping[str, str] = {  # RFC 3463, and its registry
    "1.1": "no such mailbox",
    "1.2": "no such domain",
    "1.3": "the address is none",
    "1.6": "the mailbox has moved",
    "1.10": "the domain takes no mail",
    "2.1": "the mailbox is switched off",
    "2.2": "the mailbox is full",
    "2.3": "the mail is too long",
    "3.4": "the mail is too long",
    "4.1": "the server of the domain does not answer",
    "4.4": "no way to the domain",
    "7.0": "it is not allowed",
    "7.1": "it is not allowed",
    "7.8": "the username or the password is wrong",
    "7.26": "the sender cannot be proved",
}
_NOT_NOW = "the server does not take it now"
_FOR_A_WHILE = frozenset({"2.2", "4.1", "4.4"})
"""What passes by itself: in an answer for now the others say no more than that it is for now. `450 4.2.1` and
`450 4.7.1` are what a server says that has not seen us before."""


def in_our_words(code: int, said: bytes | str) -> str:
    """`550 5.1.1: no such mailbox`; the code alone where the server says nothing more that is known. One below 500 is
    for now."""
    text = said.decode("ascii", "replace") if isinstance(said, bytes) else said
    found = _ENHANCED.match(text)
    means = _MEANS.get(found[1]) if found is not None else None
    if 400 <= code < 500 and (found is None or found[1] not in _FOR_A_WHILE):
        means = _NOT_NOW
    codes = f"{code} {found[0]}" if found is not None else str(code)
    return f"{codes}: {means}" if means else codes
