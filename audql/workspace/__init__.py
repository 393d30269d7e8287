"""`audql.toml` → a workspace: where the feed, the scripts, the state and the target are, and what each column means."""

from audql.workspace.config import ColumnMapping, ElementFeed, Feed, Holds, Mail
from audql.workspace.messages import FILE
from audql.workspace.reading import read_config
from audql.workspace.workspace import StatePlace, Workspace, reports_of

__all__ = [
    "FILE",
    "ColumnMapping",
    "ElementFeed",
    "Feed",
    "Holds",
    "Mail",
    "StatePlace",
    "Workspace",
    "read_config",
    "reports_of",
]
