"""The first bytes of a file → whether it is a workbook of Excel where a text is wanted, and what is said of one."""

from audql.diagnostics import Diagnostic, error


def is_workbook(begins: bytes) -> bool:
    """Whether it is what Excel saves unless it is told otherwise: .xlsx, a zip, or .xls. Of four bytes or more."""
    return begins.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))


def workbook(file: str) -> Diagnostic:
    return error(
        "AQ624",
        f"`{file}` is an Excel workbook, not text",
        hint="nothing was changed; save it as `CSV UTF-8`, and name that file instead",
    )
