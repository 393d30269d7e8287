"""The words of the made world: countries, cities, departments, titles, organisations, positions, courses.

Everything is named once, in lists in the order of how common it is; the people refer to places in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

_COUNTRIES = """GB US DE FR IN NL IE PL ES IT SE DK NO FI BE AT CH PT CZ RO HU GR BG HR SK LT LV EE LU CA AU NZ SG JP BR
MX ZA AE CN KR"""
COUNTRIES = tuple(_COUNTRIES.split())
_CITY_STARTS = "New Old North South East West Upper Lower Great Little"
_CITY_ENDS = """ford bury wick ham ton mouth bridge field haven port dale stead worth minster gate cross well brook
hurst combe moor cliff wood mere shaw thorpe beck holme den croft burgh low leigh stow cote nes by bourne caster
chester"""
CITIES = tuple(f"{start} Alder{end}" for end in _CITY_ENDS.split() for start in _CITY_STARTS.split())
"""400; city i is in country i % 40."""

DIVISIONS = ("Retail", "Logistics", "Manufacturing", "Customer Care", "Technology", "Finance", "Research", "People")
DEPARTMENTS = tuple(
    f"{area} {part}"
    for part in ("Operations", "Planning", "Support", "Projects", "Quality", "Services")
    for area in (
        *("Store", "Warehouse", "Fleet", "Plant", "Field", "Sales", "Marketing", "Network", "Data", "Security"),
        *(
            "Accounts",
            "Payroll",
            "Legal",
            "Training",
            "Facilities",
            "Energy",
            "Product",
            "Design",
            "Clinical",
            "Purchasing",
        ),
    )
)

_RANKS = ("", "Senior ", "Junior ", "Lead ", "Assistant ", "Head ")
_AREAS = (
    *(
        "Store",
        "Ward",
        "Warehouse",
        "Night",
        "Field",
        "Sales",
        "Software",
        "Data",
        "Plant",
        "Payroll",
        "Support",
        "Network",
    ),
    *("Security", "Design", "Training", "Legal", "Energy", "Fleet", "Kitchen", "Theatre"),
)
_ROLES = (
    *(
        "Assistant",
        "Nurse",
        "Manager",
        "Driver",
        "Engineer",
        "Analyst",
        "Clerk",
        "Technician",
        "Cook",
        "Porter",
        "Planner",
    ),
    *("Buyer", "Teacher", "Officer", "Adviser", "Inspector", "Cleaner", "Welder", "Fitter", "Auditor", "Designer"),
    *("Developer", "Trainer", "Agent", "Operator"),
)
_ENDINGS = ("", " II", ", nights", " (temporary)", " trainee")
TITLES = tuple(f"{r}{a} {o}{e}" for e in _ENDINGS for r in _RANKS for o in _ROLES for a in _AREAS)
"""15,000."""
TITLE_WORDS = tuple(word.lower() for word in (*_ROLES, *_AREAS, "nights", "temporary", "trainee"))
TITLE_STARTS = tuple(rank.strip().lower() for rank in _RANKS if rank) + tuple(a.lower() for a in _AREAS)

_SUBJECTS = """Fire Safety|Data Protection|Manual Handling|First Aid|Food Hygiene|Anti Bribery|Cyber Security|Driving|
Lone Working|Working at Height|Safeguarding|Infection Control|Equality|Money Laundering|Conflict of Interest|Asbestos|
Noise|Ladders|Forklift|Customer Service|Complaints|Line Management|Recruitment|Appraisal|Spreadsheets"""
COURSES = tuple(
    f"{subject} {level}"
    for level in (
        "Basics",
        "Refresher",
        *(f"Module {n}" for n in range(1, 15)),
        "Advanced",
        "for Managers",
        "Update",
        "Assessment",
    )
    for subject in _SUBJECTS.replace("\n", "").split("|")
)
"""500; course i has the id c0001 and so on, the first ones are the most common."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Nodes in preorder: what is in node i or below it are the nodes i … last[i]."""

    parent: Ints
    """-1 for the root."""
    last: Ints
    depth: Ints
    top: Ints
    """Which child of the root it is in, counted from 0; -1 for the root."""

    def __len__(self) -> int:
        return len(self.parent)


def tree(sizes: tuple[int, ...], rng: np.random.Generator) -> Tree:
    """A random tree of so many nodes on each level; each node hangs below a random one of the level above."""
    children: list[list[int]] = [[] for _ in range(sum(sizes))]
    start = 0
    for above, here in pairwise(sizes):
        for child, parent in enumerate(rng.integers(start, start + above, here).tolist(), start + above):
            children[parent].append(child)
        start += above
    parent, last, depth, top = (np.full(sum(sizes), -1) for _ in range(4))
    count = 0

    def visit(node: int, above: int, level: int, branch: int) -> None:
        nonlocal count
        here, count = count, count + 1
        parent[here], depth[here], top[here] = above, level, branch
        for i, child in enumerate(children[node]):
            visit(child, here, level + 1, i if level == 0 else branch)
        last[here] = count - 1

    visit(0, -1, 0, -1)
    return Tree(parent, last, depth, top)


SEED = 3
ORGS = tree((1, 8, 40, 200, 600, 1151), np.random.default_rng([SEED, 1]))
POSITIONS = tree((1, 10, 60, 329), np.random.default_rng([SEED, 2]))

_LEVELS = ("Group", "Division", "Region", "Site", "Unit", "Team")
ORG_NAMES = tuple(f"{_LEVELS[depth]} {i:04}" for i, depth in enumerate(ORGS.depth.tolist()))
ORG_DIVISIONS = tuple(None if top < 0 or i % 97 == 5 else DIVISIONS[top] for i, top in enumerate(ORGS.top.tolist()))
"""What a node says of itself: a few say nothing."""
_GRADES = ("All", "Family", "Group", "Post")
POSITION_NAMES = tuple(f"{_GRADES[depth]} P{i:03}" for i, depth in enumerate(POSITIONS.depth.tolist()))
