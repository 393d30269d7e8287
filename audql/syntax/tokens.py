"""What the lexer makes of a text, and the parser's other phases rewrite."""

from typing import NamedTuple

from audql.source import Source, Span


class Token(NamedTuple):
    """`source.text[start:end]`, read as the AudQL `text` (another one where a habit was rewritten).

    `text` is empty where the value cannot be used (a day that does not exist): it is reported, and yields Broken.
    """

    kind: str  # a terminal of the grammar; NAME for words that are not reserved; ODD and BAD for what is no AudQL
    start: int
    end: int
    text: str
    keyword: str = ""  # of a NAME: the terminal that it is where the grammar has a place for that

    def span(self, source: Source) -> Span:
        return Span(source, self.start, self.end)
