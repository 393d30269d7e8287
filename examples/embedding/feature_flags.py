"""Who sees a feature: a flag has a query, compiled once, and asked for each request."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

import audql


@dataclass
class Account:
    plan: Literal["free", "team", "enterprise"]
    country: str
    created: date
    seats: int = 1
    beta: bool = False


ACCOUNTS = audql.Schema.of(Account)
FLAGS = {
    name: audql.compile(text, schema=ACCOUNTS, zone="Europe/Dublin", name=f"flag {name}")
    for name, text in {
        "new editor": 'beta or (plan = "team" and created within last 30 days)',
        "invoices by post": 'plan = "enterprise" and country in ("DE", "AT", "CH")',
        "volume prices": 'plan != "free" and seats >= 50',
    }.items()
}


def features(account: Account, now: datetime) -> list[str]:
    return [name for name, query in FLAGS.items() if query.matches(account, as_of=now)]


now = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
print(features(Account("team", "IE", created=date(2026, 10, 24)), now))
print(features(Account("enterprise", "de", created=date(2020, 1, 1), seats=80), now))

try:
    audql.compile('plan = "entreprise" and seats > "9"', schema=ACCOUNTS, name="flag typo")
except audql.CompileError as mistakes:
    print(mistakes)
