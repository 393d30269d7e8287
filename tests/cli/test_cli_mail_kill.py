"""`audql deliver`, killed at any moment: every mail goes out, and at most one more for each time that it was killed."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from cli_world import Place

sys.path.append(str(Path(__file__).parents[1] / "mail"))
from mail_server import Handler, serving

PEOPLE = 120
TOML = """
[holds]
mails = {{ mails = 1000 }}
[feed.people]
file = "people.csv"
[mail]
from = "learning@example.com"
server = "localhost"
port = {port}
security = "none"
"""
SCRIPT = 'audience "Everyone" { where true notify learner on joining }\n'


def test_killed_at_any_moment(place: Place) -> None:
    place.write("audql.toml", TOML.format(port=1))
    place.write("main.aud", SCRIPT)
    rows = "".join(f"u{n},u{n}@example.com\n" for n in range(PEOPLE))
    place.write("feed/people.csv", "id,email\n" + rows)
    assert place("run", "--allow", "first", "--allow", "baseline").status == 4
    handler, kills, random_ = Handler(), 0, random.Random(7)
    with serving(handler) as port:
        place.write("audql.toml", TOML.format(port=port))
        while place("status", "--json").json["mails"]["waiting"]:
            before = len(handler.took)
            running = subprocess.Popen(
                [sys.executable, "-m", "audql.cli.main", "deliver"], cwd=place.root, stdout=subprocess.DEVNULL
            )
            wanted = before + random_.randint(1, 45)
            while running.poll() is None and len(handler.took) < wanted:
                time.sleep(0.001)
            if running.poll() is None:
                running.kill()
                kills += 1
            running.wait()
    taken = Counter(message_id for _, message_id, _ in handler.took)
    assert len(taken) == PEOPLE
    assert len(handler.took) <= PEOPLE + kills
    assert kills >= 3
