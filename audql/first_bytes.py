"""The first bytes of a file → what is said of it where it is no text: a workbook, an archive, compressed, Parquet."""

from audql.diagnostics import Diagnostic, error

_ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
"""The second is an empty one."""
_XLS = b"\xd0\xcf\x11\xe0"
_FIRST_NAME = 30
"""Where in a zip the name of its first file begins (APPNOTE 4.3.7)."""
_IN_WORKBOOKS = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/", b"customXml/", b"mimetype")
"""How the first file of an `.xlsx` or `.ods` is called, by whichever program it was written."""
_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".ods")
PARQUET = b"PAR1"
COMPRESSED = (
    ("gzip", ".gz", b"\x1f\x8b"),
    ("bzip2", ".bz2", b"BZh"),
    ("xz", ".xz", b"\xfd7zXZ\0"),
    ("Zstandard", "", b"\x28\xb5\x2f\xfd"),
)
"""By what, how the name of a feed's file then ends (not at all where it is not read), and its first bytes."""

BEGINNING = 64
"""So many bytes of a file tell what it is."""


def no_text(file: str, begins: bytes) -> Diagnostic | None:
    """What is said of a file that begins so; None where it is none of them."""
    if begins.startswith(_XLS):
        return workbook(file)
    if begins.startswith(PARQUET):
        return parquet(file)
    for name, suffix, first in COMPRESSED:
        if begins.startswith(first):
            return compressed(file, name, suffix)
    if not begins.startswith(_ZIPS):
        return None
    is_workbook = begins[_FIRST_NAME:].startswith(_IN_WORKBOOKS) or file.lower().endswith(_WORKBOOKS)
    return workbook(file) if is_workbook else archive(file)


def workbook(file: str) -> Diagnostic:
    """What Excel saves unless it is told otherwise."""
    return error(
        "AQ624",
        f"`{file}` is an Excel workbook, not text",
        hint="nothing was changed; save it as `CSV UTF-8`, and name that file instead",
    )


def parquet(file: str) -> Diagnostic:
    return error(
        "AQ610",
        f"`{file}` is Parquet, not text",
        hint='nothing was changed; as a file of a feed it is read with `source = "parquet"` beside `file`',
    )


def compressed(file: str, by: str, suffix: str) -> Diagnostic:
    ending = f"as a file of a feed it is read where its name ends in `{suffix}`"
    return error(
        "AQ610",
        f"`{file}` is compressed by {by}, not text",
        hint=f"nothing was changed; unpack it{f'; or {ending}' if suffix else ''}",
    )


def archive(file: str) -> Diagnostic:
    return error(
        "AQ610",
        f"`{file}` is a zip archive, not text",
        hint="nothing was changed; unpack it, and name the file that is in it. A feed's file can be compressed by gzip "
        "(`.gz`) instead",
    )
