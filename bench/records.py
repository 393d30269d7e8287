"""The two records of the benchmark: a small one, and one as large as those of real systems."""

import datetime as dt

DAY = dt.date(2026, 11, 23)

Record = dict[str, object]

SMALL: Record = {
    "id": "u1",
    "country": "GB",
    "hired": "2026-09-01",
    "last_login": "2026-11-20T08:00:00Z",
    "suspended": False,
    "jobs": [
        {
            "title": "Store manager",
            "started": "2026-09-01",
            "ended": None,
            "org": {"id": "st12", "name": "Store 12", "path": ["EMEA", "UK", "Store 12"], "division": "Retail"},
        }
    ],
    "completions": [{"learning": "Fire", "completed": "2026-10-02", "grade": 92}],
    "enrolments": [],
    "custom": {"Cost Centre": "4100"},
}
"""A record made for one decision: one job, one completion."""

_STATES = ("not started", "in progress", "completed", "overdue")

LARGE: Record = {
    "id": "u1",
    "id_number": "004711",
    "username": "ann",
    "email": "ann@example.com",
    "first_name": "Ann",
    "last_name": "Example",
    "full_name": "Ann Example",
    "city": "Leeds",
    "country": "GB",
    "location": "Leeds Central",
    "language": "en",
    "department": "Store operations",
    "hired": "2019-03-04",
    "created": "2019-03-01T09:00:00Z",
    "first_login": "2019-03-04T08:12:30Z",
    "last_login": "2026-11-20T08:00:00Z",
    "suspended": False,
    "jobs": [
        {
            "title": "Assistant",
            "started": "2019-03-04",
            "ended": "2022-05-31",
            "manager": "u7",
            "org": {"id": "st3", "name": "Store 3", "path": ["EMEA", "UK", "Store 3"], "division": "Retail"},
            "position": {"id": "p2", "name": "Assistant", "path": ["Staff", "Assistant"]},
        },
        {
            "title": "Store manager",
            "started": "2022-06-01",
            "ended": None,
            "manager": "u9",
            "full_time": True,
            "primary": True,
            "org": {"id": "st12", "name": "Store 12", "path": ["EMEA", "UK", "Store 12"], "division": "Retail"},
            "position": {"id": "p7", "name": "Manager", "path": ["Staff", "Manager"]},
        },
        {
            "title": "Trainer",
            "started": "2024-01-15",
            "ended": None,
            "manager": "u12",
            "full_time": False,
            "primary": False,
            "org": {"id": "hr", "name": "Training", "path": ["EMEA", "HR", "Training"], "division": "People"},
            "position": {"id": "p9", "name": "Trainer", "path": ["Staff", "Trainer"]},
        },
    ],
    "completions": [
        {
            "learning": f"Course {n}",
            "kind": "course",
            "started": f"{2021 + n // 8}-{n % 12 + 1:02}-01",
            "completed": f"{2021 + n // 8}-{n % 12 + 1:02}-{n % 28 + 1:02}",
            "grade": 60 + n,
        }
        for n in range(40)
    ],
    "enrolments": [
        {
            "learning": f"Course {40 + n}",
            "kind": "course",
            "enrolled": f"2026-{n + 1:02}-03",
            "due": f"2026-{n + 2:02}-28",
            "completed": None,
            "status": _STATES[n % 4],
        }
        for n in range(10)
    ],
    "certifications": [{"name": "First Aid", "certified": "2024-02-01", "expires": "2027-02-01"}],
    "custom": {"Cost Centre": "4100", "Contract": "permanent", "Shift": "B", "Union": None, "Badge number": "0042"},
}
"""A person with three jobs, forty completions, ten enrolments and custom fields."""

RECORDS = {"small": SMALL, "large": LARGE}
