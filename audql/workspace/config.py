"""What `audql.toml` can say, as pydantic models."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from audql.addresses import is_address, mailbox
from audql.binding import zone_named
from audql.diagnostics import AudQLError
from audql.plugins import OWN_SOURCES, OWN_TARGET
from audql.workspace.database_url import database_url


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _share(value: object) -> object:
    """`"10 %"`, or 0.1."""
    if isinstance(value, str) and (read := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", value)):
        return float(read[1]) / 100
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _length(value: object) -> object:
    """`"15 minutes"`, `"26 hours"`, `"2 days"`."""
    if isinstance(value, str) and (read := re.fullmatch(r"\s*(\d{1,5})\s*(minute|hour|day|week)s?\s*", value)):
        return dt.timedelta(**{f"{read[2]}s": int(read[1])})
    raise ValueError(f"{value!r} is no length of time; it is written like `15 minutes`, `26 hours`, `2 days`")


def _zone(value: str) -> str:
    try:
        zone_named(value)
    except AudQLError:
        raise ValueError(f"no time zone `{value}`; zones are named like `Europe/London`, or `UTC`") from None
    return value


def _encoding(value: str) -> str:
    try:
        "".encode(value)
        b"".decode(value)
    except (LookupError, ValueError):
        raise ValueError(f"no encoding `{value}`; files are in `utf-8`, `utf-16`, `cp1252` and the like") from None
    return value


def _format(value: str) -> str:
    """Whether a day that is written by it can be read again."""
    if _reads_days(value):
        return value
    cure = value
    for sign, written in _SIGNS:
        cure = re.sub(written, sign, cure)
    cure = cure if "%" not in value and _reads_days(cure) else "%d.%m.%Y"
    raise ValueError(f"by `{value}` no day can be read; write `{cure}`: a year, a month and a day, each once")


_DAYS = (dt.datetime(2026, 11, 23, 14, 30, tzinfo=dt.UTC), dt.datetime(2019, 2, 7, 3, 5, tzinfo=dt.UTC))
_SIGNS = (
    ("%M", "(?<=:)mm"),
    ("%S", "(?i)(?<=:)ss"),
    ("%H", "(?i)hh"),
    ("%Y", "(?i)yyyy"),
    ("%y", "(?i)(?<!%)yy"),
    ("%b", "(?i)mmm"),
    ("%m", "(?i)mm"),
    ("%d", "(?i)dd"),
)
"""Of Python, for the letters that say the same elsewhere."""


def _reads_days(value: str) -> bool:
    try:
        return all(dt.datetime.strptime(day.strftime(value), value).date() == day.date() for day in _DAYS)  # noqa: DTZ007
    except (ValueError, re.error):
        return False


def _mailbox(value: str) -> str:
    """An address, or `Name <address>`."""
    name, address = mailbox(value)
    if not is_address(address) or not name.isprintable():
        raise ValueError(
            f"`{value}` is no address; it is written like `learning@example.com`, a name before it in `< >`"
        )
    if not address.rpartition("@")[0].isascii():
        raise ValueError(f"`{value}` has other letters than a-z before the @; few servers take mail from that")
    return value


def _language(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*", value, re.ASCII):
        raise ValueError(f"`{value}` is no language; one is written like `en` or `de-AT`")
    return value


def _pattern(value: str) -> str:
    """What Python finds files by."""
    if any("**" in part and part != "**" for part in value.split("/")):
        cure = re.sub(r"\*\*(?=[^/])", "**/*", value)
        raise ValueError(f"`{value}` names no files: `**` stands for folders alone; write `{cure}`")
    if "\0" in value:
        raise ValueError(f"`{value!r}` names no files; files are named like `*.aud`")
    return value


Share = Annotated[float, BeforeValidator(_share), Field(ge=0, le=1)]
Length = Annotated[dt.timedelta, BeforeValidator(_length)]
Count = Annotated[int, Field(ge=0)]
Delimiter = Annotated[str, Field(min_length=1, max_length=1)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Encoding = Annotated[str, AfterValidator(_encoding)]
Format = Annotated[str, AfterValidator(_format)]
Blank = Literal["empty", "unchanged"]
Type = Literal["text", "code", "number", "yes/no", "date", "instant"]


class ColumnMapping(_Model):
    """Where one field's values come from: a column of the file, or one value for all rows."""

    column: str | None = None
    value: str | None = None
    type: Type | None = None
    format: Format | None = None
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    separator: str | None = None
    blank: Blank | None = None
    """What it means that nothing is there; where it is left out, as beside `file`."""
    max_changed: Share | None = None
    """Of its values from one feed to the next; where it is left out, as `[feed]` says."""

    @model_validator(mode="before")
    @classmethod
    def _lists(cls, data: object) -> object:
        if isinstance(data, str):
            return {"column": data}
        if isinstance(data, dict):
            return {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        return data

    @model_validator(mode="after")
    def _one_of(self) -> ColumnMapping:
        if (self.column is None) == (self.value is None):
            raise ValueError("give either `column` or `value`")
        return self


class ElementFeed(_Model):
    """One file of one element. `columns`: field → where its values come from."""

    file: str
    source: str = ""
    """Where its rows come from; empty: as `[feed]` says."""
    delimiter: Delimiter = ","
    encoding: Encoding = "utf-8"
    date_format: Format | None = None
    instant_format: Format | None = None
    unmapped: Literal["custom", "ignore"] = "custom"
    delta: bool = False
    """Only what changes is in it."""
    deleted: ColumnMapping | None = None
    """In a delta: which column says that a row is no more."""
    absent: Literal["remove", "keep", "suspend"] = "remove"
    """What becomes of those who are not in it, or of a delta of those who are deleted."""
    effective: str | None = None
    """Which column says from which day on a row counts."""
    blank: Blank = "empty"
    columns: Mapping[str, ColumnMapping] = {}


def _parts(value: object) -> object:
    return (value,) if isinstance(value, dict) else tuple(value) if isinstance(value, list) else value


Parts = Annotated[tuple[ElementFeed, ...], BeforeValidator(_parts)]


class Feed(_Model):
    """Where HR's and the LMS's records come from. Each element is one file, or several (`[[feed.people]]`).

    Which elements there are the vocabulary and the plugins say.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Parts]

    folder: str = "feed"
    source: str = OWN_SOURCES[0]
    max_head_count_fall: Share = 0.1
    max_rows_fall: Share = 0.2
    max_refused: Share = 0.1
    max_changed: Share = 0.5
    max_age: Length | None = None
    min_age: Length | None = None
    people: Parts = ()

    def parts(self) -> Iterator[tuple[str, ElementFeed]]:
        """Each file of each element."""
        for name, parts in {"people": self.people, **self.__pydantic_extra__}.items():
            for part in parts:
                yield name, part

    def source_of(self, part: ElementFeed) -> str:
        return part.source or self.source


class General(_Model):
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    population: str = ""
    scripts: Annotated[tuple[Pattern, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)] = (
        "*.aud",
    )
    plugins: Annotated[tuple[str, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)] = ()
    """The plugins to use, by name; no other is imported."""
    plugins_dir: str = ""
    """A folder of plugins of one file each, beside those that are installed."""


class StateFile(_Model):
    file: str = "state/audql.sqlite"
    """Its folder has the snapshots, wherever the state is."""
    url: Annotated[str, AfterValidator(lambda value: database_url(value) if value else value)] = ""
    """The state is in this database instead of the file."""
    keep: Annotated[int, Field(ge=1)] = 7
    """How many snapshots."""


class LeavesLimit(_Model):
    people: Count = 20
    share: Share = 0.1


class LostLimit(_Model):
    enrolments: Count = 20
    share: Share = 0.05


class RunLeavesLimit(_Model):
    memberships: Count = 100
    share: Share = 0.1


class RunLostLimit(_Model):
    enrolments: Count = 100
    share: Share = 0.05


class RunLimit(_Model):
    enrolments: Count = 500
    share: Share = 0.2


class MailsLimit(_Model):
    mails: Count = 500
    share: Share = 0.2


class Holds(_Model):
    """What is out of proportion: more than the number and more than the share."""

    leaves: LeavesLimit = LeavesLimit()
    lost: LostLimit = LostLimit()
    run_leaves: RunLeavesLimit = RunLeavesLimit()
    """As `leaves`, of all audiences together; of one share, so that only small ones, which pass by number, add up."""
    run_lost: RunLostLimit = RunLostLimit()
    run: RunLimit = RunLimit()
    """New enrolments, and by themselves those that are told with another due day."""
    mails: MailsLimit = MailsLimit()


class FileTarget(_Model):
    path: str


class Targets(_Model):
    """The one target: a file, or a plugin's by its name, with what that is to know."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, dict[str, Any]]

    file: FileTarget | None = None

    @property
    def of_plugins(self) -> Mapping[str, Mapping[str, Any]]:
        """What is written for each, by its name."""
        return self.__pydantic_extra__

    def names(self) -> tuple[str, ...]:
        return (*([OWN_TARGET] if self.file else []), *self.of_plugins)


class Mail(_Model):
    """How mails go out: to a server, or into a folder as files."""

    sender: Annotated[str, Field(alias="from"), AfterValidator(_mailbox)]
    reply_to: Annotated[str, AfterValidator(lambda v: _mailbox(v) if v else v)] = ""
    server: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password_env: str = "AUDQL_SMTP_PASSWORD"
    """The environment variable that has the password; a file never has."""
    timeout_s: Annotated[int, Field(ge=1, le=600)] = 30
    folder: str = ""
    templates: str = "templates"
    language: Annotated[str, AfterValidator(_language)] = "en"
    """Of those whose own there is no template in."""
    limit: Count = 10_000
    """Of mails a run; the others wait for the next."""
    completions_max_age_days: Count = 7
    """Of the latest completion in the feed: when it is older, nobody is told that something is due. 0: at any age."""

    @model_validator(mode="after")
    def _one_way(self) -> Mail:
        if bool(self.server) == bool(self.folder):
            raise ValueError("it names no way out; give either `server` or `folder`")
        if self.username and self.security == "none":
            raise ValueError('a password would be sent in the open; `security` is "starttls" or "tls" with `username`')
        return self


class Approval(_Model):
    """Plans of more changes than this are applied only once another user has approved them."""

    over: Count


class Config(_Model):
    """All of `audql.toml`."""

    workspace: General = General()
    feed: Feed | None = None
    sources: Mapping[str, Mapping[str, Any]] = {}
    """What the plugins' sources are to know, by their names."""
    state: StateFile = StateFile()
    holds: Holds = Holds()
    targets: Targets = Targets.model_validate({})
    mail: Mail | None = None
    """Without it nobody is notified of anything."""
    approval: Approval | None = None
    recipients: Mapping[str, Mapping[str, Any]] = {}
    """What the plugins' recipients are to know, by their names."""
