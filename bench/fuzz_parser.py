"""Feeds the parser and the checker what a coverage-guided fuzzer makes of them: no exception, and no slow input.

    python -m pip install atheris
    python bench/fuzz_parser.py -max_total_time=3600 -max_len=4096

Any text may be refused with diagnostics; an exception other than `CompileError` ends the run with the input, and so
does one that takes over 50 ms for each of its kilobytes, tried three times.
"""

import sys
import time

import atheris

with atheris.instrument_imports(include=["audql"]):
    import audql
    import audql.embedding
    import audql.program.compiling
    import audql.semantics.conditions
    import audql.syntax.parser
    import audql.syntax.printer
    import audql.vocabulary

LIMIT_S = 0.050
BASE_S = 0.030  # below a kilobyte the fixed cost counts


def ask(text: str, script: bool) -> None:
    try:
        if script:
            audql.compile_script(text)
        else:
            query = audql.compile(text)
            assert str(audql.compile(str(query))) == str(query)
    except audql.CompileError as mistakes:
        str(mistakes)


def one(data: bytes) -> None:
    provider = atheris.FuzzedDataProvider(data)
    script = provider.ConsumeBool()
    text = provider.ConsumeUnicode(len(data))
    allowed = BASE_S + LIMIT_S * len(text.encode("utf-8", "surrogatepass")) / 1024
    for _ in range(3):
        started = time.perf_counter()
        ask(text, script)
        if time.perf_counter() - started <= allowed * 4:  # instrumented code takes about four times as long
            return
    raise TimeoutError(f"{text!r} takes over {allowed * 4:.3f} s, three times")


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
