"""Text → tokens and comments, in one pass.

A word's token says what it is anywhere (`kind`) and what it is where the grammar has a place for it (`keyword`).
What cannot be a token is reported here, once, and leaves a BAD token, over which the parser recovers in silence.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from audql.diagnostics import Diagnostic
from audql.source import Source, Span
from audql.syntax import messages
from audql.syntax.ast import Comment
from audql.syntax.numerals import numerals
from audql.syntax.tokens import Token
from audql.syntax.words import PHRASE_ENDS, PHRASES, PUNCTUATION, RESERVED, SOFT

_TOKEN = re.compile(
    r"""\s*(?:
      ([^\W\d]\w*(?:(?<=n)['’]t\b)?)                                          # 1 a word (with `doesn't`, a habit)
    | ([()\[\]{},.:]|[=!<>]=?(?![=<>~]))                                      # 2 punctuation
    | ("(?:[^"\r\n]|"")*+"|'(?:[^'\r\n]|'')*+')                               # 3 a text
    | (-?[0-9](?:\w|[-+.:/](?=\w)|,(?=[0-9]))*)                               # 4 a number, a date, or an attempt
    | (\#[^\r\n]*)                                                            # 5 a comment
    | (`(?:[^`\r\n]|``)*+`)                                                   # 6 a name in backquotes
    | (\Z)                                                                    # 7 the end
    )""",
    re.VERBOSE,
)
_WORD, _PUNCTUATION, _TEXT, _NUMERAL, _COMMENT, _QUOTED, _END = range(1, 8)

# What other languages use, and AudQL does not: left to `habits`.
_ODD = re.compile(r"@(?=\()|===|!==|<=>|=>|=<|<>|=~|!~|&&|\|\||[;!&|%?*+~]|-[A-Za-z]+|-")
_FOREIGN_COMMENT = re.compile(r"(?://|--)[^\r\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/)?")
_TO_LINE_END = re.compile(r"[^\r\n]*")
_SPACE = re.compile(r"\s*")
_HOST = re.compile(r"@(?:[\w-]|\.(?=\w))*")
_UNKNOWN = re.compile(r"""[^\w\s()\[\]{},.:=!<>"'`\#;&|%?*+~\-“”„«»‘’‚‹›]+""")
_VARIABLE = re.compile(r"\$\{?([^\W\d]\w*)\}?|@([^\W\d]\w*)")
_REGULAR = re.compile(r"/([^/\r\n]+)/[a-z]{0,3}")
_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?")
_REST_OF_TEXT = re.compile(r"(\w[^\"'\r\n]*)[\"']")
_CLOSING = {"“": "”“", "”": "”", "„": "“”", "«": "»", "»": "«", "‘": "’‘", "’": "’", "‚": "‘’", "‹": "›", "›": "‹"}


class Lexed(NamedTuple):
    tokens: list[Token]
    comments: list[Comment]


def lex(source: Source, report: Callable[[Diagnostic], None]) -> Lexed:
    """All tokens, and behind them `$END`."""
    text = _without_controls(source, report)
    tokens: list[Token] = []
    comments: list[Comment] = []
    match = _TOKEN.match
    at = 1 if text.startswith("\ufeff") else 0
    while True:
        m = match(text, at)
        if m is None:
            at = _odd(source, text, _end(_SPACE, text, at), tokens, comments, report)
            continue
        which, end = m.lastindex or 0, m.end()
        start = m.start(which)
        match which:
            case 1:
                tokens.append(_word(tokens, start, end, m[1]))
            case 2:
                kind = PUNCTUATION.get(m[2])
                if kind is None:  # `!`, or `==` at the end of a longer operator
                    kind = "ODD"
                elif kind == "COLON":
                    _unreserve(tokens)
                tokens.append(Token(kind, start, end, m[2]))
            case 3:
                end = _text(source, text, start, end, tokens, report)
            case 4 if tokens and tokens[-1].kind == "DATE" and _CLOCK.fullmatch(m[4]):
                day = tokens.pop()
                whole = f"{text[day.start : day.end]}T{m[4].rjust(5 if len(m[4]) < 6 else 8, '0')}"
                report(messages.moment_in_two(Span(source, day.start, end), whole))
                tokens.append(Token("INSTANT", day.start, end, ""))
            case 4:
                tokens.extend(numerals(source, start, m[4], report))
            case 5:
                comments.append(Comment(m[5][1:].strip(), Span(source, start, end)))
            case 6:
                tokens.append(_quoted_name(source, start, end, m[6], report))
            case _:
                tokens.append(Token("$END", start, start, ""))
                return Lexed(tokens, comments)
        at = end


def _text(
    source: Source, text: str, start: int, end: int, tokens: list[Token], report: Callable[[Diagnostic], None]
) -> int:
    """A text; with a quote inside it that is not doubled, as in `"O"Brien"`, to where it was meant to end."""
    more = _REST_OF_TEXT.match(text, end)
    if more is None or text[more.end() - 1] != text[start] or more[1].split()[0].lower() in RESERVED:
        tokens.append(Token("TEXT", start, end, text[start:end]))
        return end
    inner = f"{text[start + 1 : end - 1]}{text[start]}{more[1]}"
    plain = f'"{inner}"' if text[start] == "'" else '"' + inner.replace('"', '""') + '"'
    report(messages.quote_in_text(Span(source, start, more.end()), plain))
    tokens.append(Token("TEXT", start, more.end(), plain))
    return more.end()


def _word(tokens: list[Token], start: int, end: int, text: str) -> Token:
    """The token of a word; takes the words before it out of `tokens` where they go together."""
    low = text.lower().replace("’", "'")
    if tokens and tokens[-1].kind == "DOT":
        return Token("NAME", start, end, text)
    if low in PHRASE_ENDS and tokens:
        for count in (1, 2):
            words = (*(t.text.lower() for t in tokens[-count:]), low)
            kind = PHRASES.get(words)
            if kind and not (len(tokens) > count and tokens[-count - 1].kind == "DOT"):
                start = tokens[-count].start
                phrase = " ".join(words)
                del tokens[-count:]
                return Token(kind, start, end, phrase)
    if low in RESERVED:
        return Token(RESERVED[low], start, end, text)
    return Token("NAME", start, end, text, SOFT.get(low, ""))


def _unreserve(tokens: list[Token]) -> None:
    """Makes a name of the word before a colon, whatever it would be elsewhere."""
    if tokens and (tokens[-1].keyword or tokens[-1].text.lower() in RESERVED):
        last = tokens[-1]
        tokens[-1] = Token("NAME", last.start, last.end, last.text)


def _quoted_name(source: Source, start: int, end: int, text: str, report: Callable[[Diagnostic], None]) -> Token:
    if text[1:-1].strip():
        return Token("NAME", start, end, text)
    report(messages.empty_name(Span(source, start, end)))
    return Token("NAME", start, end, "")


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    m = pattern.match(text, at)
    return m.end() if m else at


def _without_controls(source: Source, report: Callable[[Diagnostic], None]) -> str:
    """The text, with U+FFFD for each code point that no text can hold (reported)."""
    text = source.text
    if "\0" not in text and _is_unicode(text):
        return text
    found = re.compile("[\0\ud800-\udfff]+")
    for m in found.finditer(text):
        report(messages.not_text(Span(source, m.start(), m.end())))
    return found.sub(lambda m: " " * len(m[0]), text)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _odd(
    source: Source,
    text: str,
    at: int,
    tokens: list[Token],
    comments: list[Comment],
    report: Callable[[Diagnostic], None],
) -> int:
    """Reads what starts no token; returns where it ends."""
    char = text[at]
    if m := _FOREIGN_COMMENT.match(text, at):
        report(messages.foreign_comment(Span(source, at, m.end())))
        comments.append(Comment(m[0].strip("/-* \r\n"), Span(source, at, m.end())))
        return m.end()
    if char in _CLOSING:
        return _smart_text(source, text, at, tokens, report)
    if char in "\"'`":
        end = _end(_TO_LINE_END, text, at)
        last = tokens[-1] if tokens else None
        if last is not None and last.kind == "NAME" and last.end == at and char != "`" and tokens[-2:-1]:
            tokens.pop()
            report(messages.unclosed_quote(Span(source, last.start, at + 1), last.text))
            tokens.append(Token("TEXT", last.start, at + 1, f'"{last.text}"'))
            return at + 1
        report(messages.unclosed_quote(Span(source, at, end)))
        tokens.append(Token("NAME" if char == "`" else "TEXT", at, end, ""))
        return end
    if unicodedata.category(char)[0] == "M" and tokens and tokens[-1].kind == "NAME" and tokens[-1].end == at:
        return _longer_word(text, at, tokens)
    if (m := _REGULAR.match(text, at)) and tokens and (tokens[-1].kind in ("ODD", "MATCHES")):
        if tokens[-1].kind == "MATCHES":
            report(messages.text_without_quotes(Span(source, at, m.end()), m[1]))
        tokens.append(Token("TEXT", at, m.end(), '"' + m[1].replace('"', '""') + '"'))
        return m.end()
    if char == "@" and "." in text[at : _end(_HOST, text, at)] and not (tokens and tokens[-1].end == at):
        return _address(source, text, at, tokens, report)
    if (m := _VARIABLE.match(text, at)) and not (tokens and tokens[-1].end == at):
        report(messages.unknown_characters(Span(source, at, m.end()), m[1] or m[2]))
        tokens.append(Token("NAME", at, m.end(), m[1] or m[2]))
        return m.end()
    if m := _ODD.match(text, at):
        tokens.append(Token("ODD", at, m.end(), m[0]))
        return m.end()
    if char == "@" and tokens and tokens[-1].end == at:
        return _address(source, text, at, tokens, report)
    end = max(at + 1, _end(_UNKNOWN, text, at))
    report(messages.unknown_characters(Span(source, at, end)))
    tokens.append(Token("BAD", at, end, text[at:end]))
    return end


def _smart_text(source: Source, text: str, at: int, tokens: list[Token], report: Callable[[Diagnostic], None]) -> int:
    """A text in the quotes of a word processor."""
    stops = _CLOSING[text[at]] + '"\r\n'
    end = next((i for i in range(at + 1, len(text)) if text[i] in stops), len(text)) + 1
    if end > len(text) or text[end - 1] in "\r\n":
        line_end = end - 1
        report(messages.unclosed_quote(Span(source, at, line_end)))
        tokens.append(Token("TEXT", at, line_end, ""))
        return line_end
    plain = '"' + text[at + 1 : end - 1].replace('"', '""') + '"'
    report(messages.smart_quotes(Span(source, at, end), plain))
    tokens.append(Token("TEXT", at, end, plain))
    return end


def _address(source: Source, text: str, at: int, tokens: list[Token], report: Callable[[Diagnostic], None]) -> int:
    """An e-mail address without quotes: takes back what was read of it."""
    start, end = at, _end(_HOST, text, at)
    while tokens and tokens[-1].end == start and tokens[-1].kind in ("NAME", "DOT", "INT", "NUMBER", "ODD"):
        start = tokens.pop().start
    span = Span(source, start, end)
    report(messages.text_without_quotes(span, span.text))
    tokens.append(Token("TEXT", start, end, f'"{span.text}"'))
    return end


def _longer_word(text: str, at: int, tokens: list[Token]) -> int:
    """Adds combining marks, and what follows them, to the word before: `\\w` does not know them."""
    end = at
    while end < len(text) and (text[end].isalnum() or text[end] == "_" or unicodedata.category(text[end])[0] == "M"):
        end += 1
    last = tokens.pop()
    tokens.append(Token("NAME", last.start, end, text[last.start : end]))
    return end
