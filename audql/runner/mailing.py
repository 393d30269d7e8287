"""A workspace → what its plans need to know of mails, and the way that these go out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from audql.addresses import mailbox, on_the_wire
from audql.diagnostics import RunError
from audql.mail import messages
from audql.mail.folder import Folder
from audql.mail.letter import Envelope
from audql.mail.smtp import Account, Server
from audql.mail.templates import templates_of
from audql.mail.way import Way
from audql.plugins import Setup, name_of_recipient
from audql.runner.alerts import Mailing
from audql.runner.letters import Desk
from audql.snapshot.snapshot import Snapshot
from audql.state.store import State
from audql.workspace import Mail, Workspace


def mailing_of(workspace: Workspace) -> Mailing:
    """What a plan of a workspace that sends mails needs."""
    mail = mail_of(workspace)
    recipients = {
        name_of_recipient(recipient): None
        if isinstance(recipient, str)
        else (recipient, Setup(workspace.root, workspace.config.recipients.get(recipient.name, {})))
        for plugin in workspace.plugins
        for recipient in plugin.recipients
    }
    return Mailing(templates_of(workspace).problem, recipients, mail.completions_max_age_days, workspace.zone)


def mail_of(workspace: Workspace) -> Mail:
    """Raises RunError where the workspace sends none."""
    if workspace.config.mail is None:
        raise RunError(messages.no_mail())
    return workspace.config.mail


def desk_of(workspace: Workspace, state: State, day: dt.date) -> Desk:
    """What writes its letters, as of a day, from the snapshot and the state as they are."""
    snapshot = Snapshot.open(workspace.snapshots, tables=workspace.tables)
    return Desk(snapshot, state.read(), templates_of(workspace), mail_of(workspace).language, day)


def way_of(workspace: Workspace, at: dt.datetime, environment: Mapping[str, str]) -> Way:
    """Where its mails go. Raises RunError where the password is missing."""
    mail = mail_of(workspace)
    name, address = mailbox(mail.sender)
    domain = on_the_wire(address).rpartition("@")[2]
    envelope = Envelope(name, address, mailbox(mail.reply_to)[1] if mail.reply_to else "", domain, at)
    if workspace.mail_folder is not None:
        return Folder(workspace.mail_folder, envelope)
    password = environment.get(mail.password_env, "")
    if mail.username and not password:
        raise RunError(messages.no_password(mail.password_env))
    account = Account(mail.server, mail.port, mail.security, mail.username, password, mail.timeout_s)
    return Server(account, envelope)
