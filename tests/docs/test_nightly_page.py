"""`docs/nightly.md` is so: what it has others start ends with the status that its table says, and is taken as that."""

from __future__ import annotations

import configparser
import os
import re
import signal
import subprocess
import textwrap
import time
from pathlib import Path

import pytest
from typer.main import get_command

from audql.cli.main import app

PAGE = (Path(__file__).parents[2] / "docs" / "nightly.md").read_text(encoding="utf-8")
BLOCKS = [(m[1], m[2]) for m in re.finditer(r"(?m)^```([^\n]+)\n(.*?)^```$", PAGE, re.DOTALL)]
(JOB,) = (text for kind, text in BLOCKS if kind == "yaml")
(CRONTAB,) = (text for kind, text in BLOCKS if kind == "crontab")
(SERVICE,) = (text for kind, text in BLOCKS if kind == "ini" and "[Service]" in text)
STATUSES = (0, 1, 2, 3, 4, 70, 130, 143)
FINE, FOR_SOMEONE_TO_MEND = {0, 4}, {1, 2, 70}


@pytest.fixture
def programs(tmp_path: Path) -> dict[str, str]:
    """An environment in which `audql` ends with the status STATUS, or waits for a signal and ends as by that."""
    stand_in = tmp_path / "audql"
    stand_in.write_text(
        "#!/bin/sh\n"
        'echo "$@" > arguments\n'
        '[ "$STATUS" ] && exit "$STATUS"\n'
        "trap 'kill $pause; exit 143' TERM\n"
        "sleep 20 & pause=$!\n"
        "echo > waits\n"
        "wait\n",
        encoding="utf-8",
    )
    stand_in.chmod(0o755)
    return {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}


def command_of_the_job() -> list[str]:
    """What the container starts: `sh`, `-c`, and the lines below `|`."""
    block = re.search(r"(?m)^( *)command:\n((?:\1 .*\n)+)", JOB)
    assert block is not None
    first, second, lines = re.split(r"(?m)^ *- ", block[2])[1:]
    marker, _, script = lines.partition("\n")
    assert marker == "|"
    return [first.strip(), second.strip(), textwrap.dedent(script)]


def given_to(arguments: str) -> None:
    """That `audql` knows a command and options of these names."""
    name, *options = arguments.split()
    known = get_command(app).commands[name]  # type: ignore[attr-defined]
    assert {*options} <= {option for parameter in known.params for option in parameter.opts}


def test_the_table_has_each_status() -> None:
    told = re.findall(r"(?m)^\| ([\d, ]+) \| (\w+)", PAGE)
    assert {int(status) for each, _ in told for status in each.split(",")} == {*STATUSES}
    assert {int(status) for each, means in told for status in each.split(",") if means == "done"} == FINE


@pytest.mark.parametrize("status", STATUSES)
def test_the_container_ends_with_the_status_or_with_0_where_it_is_done(
    tmp_path: Path, programs: dict[str, str], status: int
) -> None:
    ended = subprocess.run(command_of_the_job(), cwd=tmp_path, env={**programs, "STATUS": str(status)}, check=False)
    assert ended.returncode == (0 if status in FINE else status)
    given_to((tmp_path / "arguments").read_text(encoding="utf-8"))


def test_the_container_passes_on_the_signal_that_ends_it(tmp_path: Path, programs: dict[str, str]) -> None:
    with subprocess.Popen(command_of_the_job(), cwd=tmp_path, env={**programs, "STATUS": ""}) as container:
        until = time.monotonic() + 20
        while not (tmp_path / "waits").exists() and time.monotonic() < until:
            time.sleep(0.01)
        container.send_signal(signal.SIGTERM)
        assert container.wait(timeout=20) == 143


def test_the_job_is_given_up_where_someone_has_to_mend_something() -> None:
    (given_up,) = re.findall(r"action: FailJob\n *onExitCodes: { operator: In, values: \[([\d, ]+)\] }", JOB)
    assert {int(status) for status in given_up.split(",")} == FOR_SOMEONE_TO_MEND
    assert "restartPolicy: Never\n" in JOB, "without which there may be no podFailurePolicy"
    (tries,) = re.findall(r"backoffLimit: (\d+)", JOB)
    assert tries == "6"
    assert "Status 3 is tried again, six times" in PAGE


def test_the_service_is_fine_where_it_is_done() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(SERVICE)
    service = unit["Service"]
    assert {0, *map(int, service["SuccessExitStatus"].split())} == FINE
    assert service["ReadWritePaths"] == service["WorkingDirectory"]
    assert "Restart" not in service
    program, _, arguments = service["ExecStart"].partition(" ")
    assert program.endswith("/audql")
    given_to(arguments)


@pytest.mark.parametrize("status", STATUSES)
def test_what_cron_starts_ends_with_the_status(tmp_path: Path, programs: dict[str, str], status: int) -> None:
    lines = re.findall(r"(?m)^(?:\S+ +){5}(cd .*)$", CRONTAB)
    assert len(lines) == 2
    for line in lines:
        assert "%" not in line, "which is a new line to cron"
        command = line.replace("/srv/learning", str(tmp_path)).replace("/opt/audql/bin/", "")
        command = command.replace("/var/log/", f"{tmp_path}/")
        ended = subprocess.run(command, shell=True, env={**programs, "STATUS": str(status)}, check=False)
        assert ended.returncode == status
        given_to((tmp_path / "arguments").read_text(encoding="utf-8"))
