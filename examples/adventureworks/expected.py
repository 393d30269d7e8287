"""Counts of members per audience, worked out in plain Python over the CSV files: an oracle that knows no AudQL.

Writes expected.json: audience → members on day 1 and on day 2. `--check` only compares. Audiences that depend on when
someone joined them are left out.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

HERE = Path(__file__).resolve().parent
ZONE = ZoneInfo("America/Los_Angeles")
DAYS = {"2026-11-23": ("feed",), "2026-11-24": ("day2/feed", "feed")}

Row = dict[str, str]


def date(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def local(text: str) -> dt.date | None:
    return dt.datetime.fromisoformat(text).astimezone(ZONE).date() if text else None


class Day:
    """Everyone as of one day, each with what the rules ask for."""

    def __init__(self, name: str) -> None:
        self.folders = DAYS[name]
        self.today = dt.date.fromisoformat(name)
        self.people = {row["login"]: row for row in self.rows("people.csv")}
        self.part_of = {row["department"]: row["part_of"] for row in self.rows("organisations.csv")}
        self.positions = {row["position"]: row for row in self.rows("positions.csv")}
        self.learning = {row["id"]: row for row in self.rows("learning.csv")}
        self.jobs: dict[str, list[Row]] = defaultdict(list)
        self.past: dict[str, list[Row]] = defaultdict(list)
        self.future: dict[str, list[Row]] = defaultdict(list)
        self.reports: dict[str, set[str]] = defaultdict(set)
        self.temporary_reports: dict[str, set[str]] = defaultdict(set)
        for job in self.rows("jobs.csv"):
            started, ended = date(job["start_date"]), date(job["end_date"])
            if ended and ended < self.today:
                self.past[job["login"]].append(job)
            elif started and started > self.today:
                self.future[job["login"]].append(job)
            else:
                self.jobs[job["login"]].append(job)
                self.reports[job["manager_login"]].add(job["login"])
                self.temporary_reports[job["temporary_manager"]].add(job["login"])
        self.records = {
            name: self.by_person(f"{name}.csv")
            for name in ("completions", "enrolments", "certifications", "attendances", "competencies", "badges")
        }
        self.members: dict[str, set[str]] = {}

    def rows(self, file: str) -> list[Row]:
        folder = next(f for f in self.folders if (HERE / f / file).is_file())
        with (HERE / folder / file).open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    def by_person(self, file: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows(file):
            found[row["person"]].append(row)
        return found

    def ago(self, days: int) -> dt.date:
        return self.today - dt.timedelta(days)

    def months(self, count: int) -> dt.date:
        """So many months from today, back if negative. No day of November is missing in a month asked for here."""
        month = self.today.year * 12 + self.today.month - 1 + count
        return self.today.replace(year=month // 12, month=month % 12 + 1)

    # what a person has

    def hired(self, p: str) -> dt.date:
        return dt.date.fromisoformat(self.people[p]["hire_date"])

    def managers(self, p: str) -> set[str]:
        return {job["manager_login"] for job in self.jobs[p]} - {""}

    def above(self, p: str) -> set[str]:
        found: set[str] = set()
        open_ = self.managers(p)
        while open_:
            found |= open_
            open_ = {m for o in open_ for m in self.managers(o)} - found
        return found

    def ancestry(self, node: str) -> list[str]:
        found = []
        while node:
            found.append(node)
            node = self.part_of[node]
        return found

    def in_org(self, p: str, *names: str, jobs: dict[str, list[Row]] | None = None) -> bool:
        held = (self.jobs if jobs is None else jobs)[p]
        return any(set(self.ancestry(job["department"])) & set(names) for job in held)

    def in_position(self, p: str, name: str) -> bool:
        def within(node: str) -> bool:
            return bool(node) and (node == name or within(self.positions[node]["part_of"]))

        return any(within(job["job_title"]) for job in self.jobs[p])

    def done(self, p: str, what: str) -> list[dt.date]:
        return [
            dt.date.fromisoformat(row["completed"])
            for row in self.records["completions"][p]
            if self.learning[row["learning"]]["name"] == what
        ]

    def holds(self, p: str, what: str) -> bool:
        return any(
            row["name"] == what and dt.date.fromisoformat(row["expires"]) >= self.today
            for row in self.records["certifications"][p]
        )

    def overdue(self, p: str, what: str = "") -> bool:
        return any(
            (not what or self.learning[row["learning"]]["name"] == what)
            and row["due"]
            and dt.date.fromisoformat(row["due"]) < self.today
            and not row["completed"]
            and row["status"] not in ("completed", "suspended")
            for row in self.records["enrolments"][p]
        )

    def dates(self, p: str, table: str, name: str, column: str) -> list[dt.date]:
        return [dt.date.fromisoformat(row[column]) for row in self.records[table][p] if row["name"] == name]


Rule = Callable[[Day, str], object]


def floor(day: Day, p: str) -> bool:
    return day.in_position(p, "Production Floor")


def failed(day: Day, p: str) -> bool:
    graded = [r for r in day.records["completions"][p] if r["learning"] == "C-COC" and r["grade"]]
    return bool(graded) and float(max(graded, key=lambda r: r["completed"])["grade"]) < 72.5


def ready_to_lead(day: Day, p: str) -> bool:
    dates = [dt.date.fromisoformat(row["completed"]) for row in day.records["completions"][p]]
    reached = (
        bool(day.done(p, "5S on the Floor")),
        day.holds(p, "First Aid at Work"),
        bool(day.dates(p, "badges", "5S Champion", "achieved")),
        day.holds(p, "Forklift Operator"),
        sum(day.months(-24) <= date <= day.today for date in dates) >= 6,
    )
    return floor(day, p) and sum(reached) >= 3


def up_to_date(day: Day, p: str) -> bool:
    def is_compliance(row: Row) -> bool:
        return day.learning[row["learning"]]["category"] == "Compliance"

    enrolled, done = day.records["enrolments"][p], day.records["completions"][p]
    open_ = any(is_compliance(r) and r["due"] <= str(day.today) and not r["completed"] for r in enrolled)
    return not open_ and any(is_compliance(r) and r["completed"][:4] == str(day.today.year) for r in done)


def safe_hands(day: Day, p: str) -> bool:
    after = dt.date(2024, 12, 31)
    both = all(any(d > after for d in day.done(p, what)) for what in ("Workplace Safety", "Manual Handling"))
    either = any(d >= day.months(-12) for what in ("Hazardous Materials", "5S on the Floor") for d in day.done(p, what))
    return both and not either


def anti_bribery(day: Day, p: str) -> bool:
    done = day.done(p, "Anti-Bribery")
    commercial = day.in_org(p, "Sales and Marketing group", "Purchasing", "Finance")
    return commercial and (not done or max(done) < day.months(-12))


def drilled(day: Day, p: str) -> bool:
    rows = day.records["attendances"][p]
    return any(r["event"] == "E-DRILL" and r["status"] == "attended" and r["attended"][:4] == "2026" for r in rows)


def alike(day: Day, p: str) -> bool:
    mine, people = day.people[p], day.people
    return mine["salaried"] == "1" and any(
        people[m]["salaried"] == "1" and people[m]["cost_centre"] == mine["cost_centre"] for m in day.managers(p)
    )


def assigned_since(day: Day, p: str, since: dt.date) -> bool:
    return any(j["position_assigned"] and str(since) <= j["position_assigned"] <= str(day.today) for j in day.jobs[p])


def new_starter(day: Day, p: str) -> bool:
    return day.ago(90) <= day.hired(p) <= day.today


def tool_maker(day: Day, p: str) -> bool:
    words = {word for job in day.jobs[p] for word in job["job_title"].split()}
    return day.in_org(p, "Research and Development group") and bool(words & {"Tool", "Design"})


def circle(day: Day, p: str) -> bool:
    return p != "brian3" and (p in ("ken0", "wendy0", "syed0") or "ken0" in day.managers(p))


def quick(row: Row) -> bool:
    if not row["first_login"] or row["first_login"] >= "2019-03-07T08:00:00Z":
        return False
    created, first = (dt.datetime.fromisoformat(row[column]) for column in ("created", "first_login"))
    return first - created <= dt.timedelta(hours=72)


def expires_within(day: Day, p: str, name: str, days: int) -> bool:
    return any(day.today <= d <= day.ago(-days) for d in day.dates(p, "certifications", name, "expires"))


RULES: dict[str, Rule] = {
    "New starters": lambda day, p: new_starter(day, p) or p == "roberto0",
    "New on the floor": lambda day, p: p in day.members["New starters"] and floor(day, p),
    "New in their position": lambda day, p: assigned_since(day, p, day.months(-6)) and not new_starter(day, p),
    "Moving soon": lambda day, p: any(
        "Quality Assurance group" in day.ancestry(j["department"]) and j["start_date"] <= str(day.ago(-14))
        for j in day.future[p]
    ),
    "Never signed in": lambda day, p: not day.people[p]["first_login"]
    and dt.date.fromisoformat(day.people[p]["created"][:10]) < day.months(-24),
    "Gone quiet": lambda day, p: (last := local(day.people[p]["last_login"])) is not None and last < day.months(-12),
    "Quick starters": lambda day, p: quick(day.people[p]),
    "Everyone": lambda day, p: True,
    "Code of Conduct overdue": lambda day, p: day.overdue(p, "Code of Conduct"),
    "At the last minute": lambda day, p: bool(done := day.done(p, "Code of Conduct"))
    and dt.date(2026, 11, 6) <= max(done) <= dt.date(2026, 11, 20),
    "Code of Conduct failed": failed,
    "Anti-Bribery renewal": anti_bribery,
    "Lockout renewal": lambda day, p: floor(day, p)
    and not any(day.months(-12) <= d <= day.today for d in day.done(p, "Lockout Tagout")),
    "Forklift renewals": lambda day, p: expires_within(day, p, "Forklift Operator", 60),
    "Forklift lapsed": lambda day, p: not day.holds(p, "Forklift Operator")
    and any(d < day.today for d in day.dates(p, "certifications", "Forklift Operator", "expires")),
    "Frame welders": lambda day, p: day.holds(p, "Frame Welder")
    and any(r["name"] == "Brazing" and r["level"] == "Expert" for r in day.records["competencies"][p]),
    "No drill this year": lambda day, p: day.in_org(p, "Manufacturing group") and not drilled(day, p),
    "Fire wardens": lambda day, p: p in (HERE / "fire_wardens.txt").read_text(encoding="utf-8").split(),
    "First aiders": lambda day, p: p in ("kendall0", "samantha0", "josé1", "jo1"),
    "Safe hands": safe_hands,
    "Ready to lead a line": ready_to_lead,
    "Compliance up to date": up_to_date,
    "People managers": lambda day, p: day.reports[p],
    "New people managers": lambda day, p: p in day.members["People managers"]
    and assigned_since(day, p, day.months(-6)),
    "First half year as a manager": lambda day, p: day.reports[p],
    "First Line Leader not begun": lambda day, p: any(
        r["learning"] == "P-FLL" and r["status"] == "not started" and r["enrolled"] < str(day.ago(14))
        for r in day.records["enrolments"][p]
    ),
    "Big teams": lambda day, p: len(day.reports[p]) >= 8,
    "One to one": lambda day, p: len(day.reports[p]) == 1 and not day.temporary_reports[p],
    "Stand-ins": lambda day, p: day.temporary_reports[p],
    "Leadership circle": circle,
    "Deep production": lambda day, p: "james1" in day.above(p) and "james1" not in day.managers(p),
    "Safe teams": lambda day, p: day.reports[p]
    and all(any(day.months(-24) <= d <= day.today for d in day.done(r, "Workplace Safety")) for r in day.reports[p]),
    "Teams with a gap": lambda day, p: any(day.overdue(r) for r in day.reports[p]) and not day.overdue(p),
    "Same kind of job as the boss": alike,
    "Emergency response": lambda day, p: len({job["department"] for job in day.jobs[p]}) >= 2,
    "Appointments ending": lambda day, p: any(
        day.positions[j["job_title"]]["type"] == "Appointment" and str(day.today) <= j["end_date"] <= str(day.ago(-30))
        for j in day.jobs[p]
    ),
    "Long appointments": lambda day, p: any(
        day.positions[j["job_title"]]["type"] == "Appointment" and j["end_date"] > str(day.months(6))
        for j in day.jobs[p]
    ),
    "Late shift leads": lambda day, p: day.people[p]["shift"] in ("2", "3")
    and any(int(day.positions[j["job_title"]]["grade"]) in (5, 6, 7, 8) for j in day.jobs[p]),
    "Fifteen years": lambda day, p: day.hired(p).year == day.today.year - 15,
    "December jubilees": lambda day, p: day.hired(p).month == 12 and day.hired(p).year < 2026,
    "Once in purchasing or marketing": lambda day, p: day.in_org(p, "Purchasing", "Marketing", "Finance", jobs=day.past)
    and not day.in_org(p, "Purchasing", "Marketing", "Finance"),
    "Tool makers": tool_maker,
    "Sales abroad": lambda day, p: day.in_org(p, "Sales") and day.people[p]["country"] not in ("", "US"),
    "Sales Academy 2027": lambda day, p: False,
    "Records to mend": lambda day, p: not day.people[p]["employee_number"]
    or not day.people[p]["country"]
    or float(day.people[p]["leave_balance"]) <= -5.5,
    "Line of the year": lambda day, p: floor(day, p)
    and day.people[p]["shift"] == "3"
    and day.holds(p, "Forklift Operator"),
}  # fmt: skip
BY_HAND = ("Fire wardens", "First aiders")
ADD_ONLY = ("Line of the year",)


def counts() -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {name: {} for name in RULES}
    before: dict[str, set[str]] = {}
    for name in DAYS:
        day = Day(name)
        population = {p for p in day.people if day.people[p]["current"] == "1"}
        order = sorted(RULES, key=lambda audience: audience in ("New on the floor", "New people managers"))
        for audience in order:
            among = set(day.people) if audience in BY_HAND else population
            members = {p for p in among if RULES[audience](day, p)}
            if audience in ADD_ONLY:
                members |= before.get(audience, set()) & set(day.people)
            day.members[audience] = members
            found[audience][name] = len(members)
        before = day.members
    return found


def main(arguments: Sequence[str]) -> int:
    text = json.dumps(counts(), indent=2, ensure_ascii=False) + "\n"
    path = HERE / "expected.json"
    if arguments == ["--check"]:
        return 0 if path.read_text(encoding="utf-8") == text else 1
    path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
