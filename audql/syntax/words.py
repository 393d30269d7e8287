"""The words of the language: which are reserved, which are keywords only in their place, which go together."""


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Reserved wherever a name could stand, except after a dot and before a colon.
RESERVED = {
    word: word.upper()
    for word in words(
        "or and not in between contains matches is set before after on within under ago of any every no exactly"
        " true false today now last next this previous following"
    )
}

UNITS = words("hour day week month quarter year")

# Keywords where the grammar has a place for them, names elsewhere.
SOFT = {
    word: word.upper()
    for word in words(
        "import let define audience was retire then test given member about owner tags where members from include"
        " exclude until because active membership paused enrol as due joining when leaving suspend unenrol keep notify"
        " overdue while with"
    )
} | {word: "UNIT" for unit in UNITS for word in (unit, unit + "s")}

# Words that are one token together, and reserve none of themselves.
PHRASES = {
    tuple(phrase.split()): phrase.upper().replace(" ", "_")
    for phrase in (
        "contains word",
        "starts with",
        "ends with",
        "more than",
        "less than",
        "at least",
        "at most",
        "on or before",
        "on or after",
        "from now",
        "as of",
        "add only",
        "remove only",
        "at any level",
    )
}
PHRASE_ENDS = frozenset(words[-1] for words in PHRASES)

ITEM_WORDS = words("import let define audience retire test")
CLAUSE_WORDS = words("about owner tags where members include exclude active membership enrol when notify")
ITEM_STARTS = frozenset(word.upper() for word in ITEM_WORDS)
CLAUSE_STARTS = frozenset(word.upper() for word in CLAUSE_WORDS)
STARTS = ITEM_STARTS | CLAUSE_STARTS

SPELLED = {terminal: word for word, terminal in RESERVED.items()}
SPELLED |= {terminal: word for word, terminal in SOFT.items() if terminal != "UNIT"}
SPELLED |= {terminal: " ".join(words) for words, terminal in PHRASES.items()}
_SIGNS = {
    "LPAR": "(", "RPAR": ")", "LBRACE": "{", "RBRACE": "}", "LSQB": "[", "RSQB": "]", "COMMA": ",", "DOT": ".",
    "COLON": ":", "EQ": "=", "NE": "!=", "LT": "<", "LE": "<=", "GT": ">", "GE": ">=",
}  # fmt: skip
SPELLED |= _SIGNS
PUNCTUATION = {text: terminal for terminal, text in _SIGNS.items()}
