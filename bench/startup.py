"""Whole processes: importing AudQL and compiling one query, and the command line, against what they cannot do without.

    python bench/startup.py [--rounds 11] [--json]

The processes of a round run one after another, so that a slow moment is everyone's; a figure is the median of the
rounds, in processor time, or with `--wall` the wall's. Python's own start is in all of them, and shown. All have their
modules compiled beforehand, as an installation has them, whatever the environment says of that.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

QUERY = 'org.division = "Retail" and not completed("Safety")'
TYPER = "import typer\napp = typer.Typer()\n@app.command()\ndef main(): pass\napp()"
SCRIPT = """\
let new_starter = hired within last 90 days

audience "Retail new starters" {
  about "Everyone new on the shop floor"
  owner "lena@example.com"
  where org.division = "Retail" and new_starter
  include "ann" until 2026-12-31 because "covers Store 12"
  exclude "bob"
  enrol in course "Safety" due 30 days after joining
  when leaving suspend
}

audience "Managers" {
  where any job (title contains "manager") and not suspended
}

audience "Lapsed" {
  where last_completed("AML") more than 1 year ago and member("Managers")
}
"""


def commands(script: Path) -> dict[str, list[str]]:
    """What is run, by what it is called here."""
    python = sys.executable
    audql = shutil.which("audql", path=sysconfig.get_path("scripts"))
    tool = [audql] if audql else [python, "-m", "audql.cli.main"]
    return {
        "python": [python, "-c", "pass"],
        "import lark": [python, "-c", "import lark"],
        "import audql, compile a query": [python, "-c", f"import audql; audql.compile({QUERY!r})"],
        "import cel, compile": [python, "-c", "import cel; cel.compile('country == \"GB\"')"],
        "import zen, compile": [python, "-c", "import zen; zen.compile_expression('country == \"GB\"')"],
        "import rule_engine, compile": [python, "-c", "import rule_engine; rule_engine.Rule('country == \"GB\"')"],
        "typer that does nothing": [python, "-c", TYPER],
        "audql --version": [*tool, "--version"],
        "audql check, 20 lines": [*tool, "check", str(script)],
    }


def processor_s() -> float:
    """Seconds that the processes run from here have used, user's and system's."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compiled_beforehand(cache: Path) -> dict[str, str]:
    """The environment of what is run: each process finds as bytecode what an earlier one has compiled."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**environment, "PYTHONPYCACHEPREFIX": str(cache)}


def timed(command: list[str], folder: Path, clock: Callable[[], float]) -> float:
    environment = compiled_beforehand(folder / "bytecode")
    start = clock()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    took = clock() - start
    if done.returncode:
        raise SystemExit(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--wall", action="store_true", help="time on the wall; for a machine that does nothing else")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = folder / "audiences.aud"
        script.write_text(SCRIPT, encoding="utf-8")
        runs = commands(script)
        took: dict[str, list[float]] = {what: [] for what in runs}
        for what in [*runs, *list(runs) * given.rounds]:
            took[what].append(timed(runs[what], folder, perf_counter if given.wall else processor_s))
    ms = {what: median(times[1:]) * 1000 for what, times in took.items()}  # the first fills the caches
    bars = {
        "import audql, compile a query": ("2.5 × import lark", 2.5 * ms["import lark"]),
        "audql --version": ("1.3 × typer", 1.3 * ms["typer that does nothing"]),
        "audql check, 20 lines": ("1.3 × typer + 150 ms", 1.3 * ms["typer that does nothing"] + 150),
    }
    if given.json:
        print(json.dumps({"ms": ms, "bars_ms": {what: bar for what, (_, bar) in bars.items()}}, indent=2))
        return
    for what, value in ms.items():
        rule, bar = bars.get(what, ("", 0.0))
        print(f"{what:32} {value:7.1f} ms" + (f"   bar {bar:7.1f} ms ({rule})" if rule else ""))


if __name__ == "__main__":
    main()
