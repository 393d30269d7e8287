"""A settings file in which a query is a field like any other, and what a mistake in it prints."""

import tomllib
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ValidationError

import audql

HERE = Path(__file__).parent


class Newsletter(BaseModel):
    name: str
    audience: audql.Query


def load(file: str) -> Newsletter:
    return Newsletter.model_validate(tomllib.loads((HERE / file).read_text(encoding="utf-8")))


newsletter = load("newsletter.toml")
ann = {"id": "ann", "country": "IE", "org": {"name": "Cork", "path": ["Plants", "Cork"]}}
print(newsletter.audience.matches(ann, as_of=date(2026, 11, 23)))

try:
    load("newsletter_with_mistakes.toml")
except ValidationError as mistakes:
    print(mistakes.errors()[0]["msg"])
