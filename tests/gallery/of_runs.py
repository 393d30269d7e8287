"""What runs say: examples for `docs/errors.md`, as the gallery cannot type them. The runner's tests show when.

Those of plugins and AQ501, which are worded where they arise, are written out.
"""

import datetime as dt
from pathlib import Path

from audql import first_bytes
from audql.diagnostics import Diagnostic, error
from audql.mail import messages as mails
from audql.operations import messages as asked
from audql.plugins import problem
from audql.program import messages as scripts
from audql.runner import alert_messages as alerts
from audql.runner import messages as runs
from audql.runner import plan_messages as plans
from audql.snapshot import messages as snapshots
from audql.source import Source, Span
from audql.state import messages as state
from audql.sync import guard_messages as guards
from audql.sync import messages as feed
from audql.workspace import messages as config

_CHASE = Source("Subject: Chase\n\n{% for item in items %}{{ item.persn.name }}{% endfor %}\n", "templates/chase.txt")
_LEVELS = Source("Subject: Chase\n\n{{ recipient.custom.Level }}\n", "templates/levels.txt")
_RETAIL = Source('  notify learner on joining with "welcom"\n', "retail.aud")
_RULE = Source('  where org.divison = "Retail"\n', "retail.aud")
_LEVEL = Span(_LEVELS, 16, len(_LEVELS.text) - 1)
_LINE = Span(_CHASE, 16, len(_CHASE.text) - 1)

EXAMPLES: tuple[Diagnostic, ...] = (
    error(
        "AQ501",
        "no `audql.toml` in `learning`",
        hint="`audql init` makes one here; `-C DIR` names the folder of another workspace",
    ),
    feed.not_in_encoding("people.csv", "UTF-8", 17),
    feed.unread_rows("jobs", 3, 2),
    feed.source_failed("payroll", "staff", "KeyError: 'folder'"),
    guards.head_count_fell(9228, 3108, 0.1),
    guards.table_emptied("certifications", 412),
    feed.still_written("people.csv"),
    feed.nothing_aside(),
    feed.reused_id("people.csv", 17, "id", "u7", ("username", "email", "hired")).diagnostic(),
    feed.gone_above("organisations.csv", 4, "id", "4100", "4110").diagnostic(),
    feed.not_readable("people.csv.gz", "a `.gz` file", "it ends before its end marker"),
    feed.no_url("HR_DATABASE"),
    feed.database_silent("people.sql", "OperationalError: connection timeout expired", "HR_DATABASE"),
    feed.delta_on_nothing("people"),
    guards.cut_short("people.csv", 121, 6, 16),
    guards.many_refused("people.csv", 9120, 9228, 0.1),
    guards.ownerless({"completions.csv": 212}, 7),
    guards.as_before(dt.datetime(2026, 11, 23, 2, tzinfo=dt.UTC), "4a7b4d4365b5c0610e67e7c3"),
    guards.old_again(dt.datetime(2026, 11, 23, 2, tzinfo=dt.UTC), "4a7b4d4365b5c0610e67e7c3", 9120),
    guards.rows_fell("jobs", 9410, 6120, 0.2),
    feed.still_aside("people.csv", 2),
    feed.aside_unreadable("quarantine/people.csv"),
    feed.following_unreadable("state/following.json"),
    feed.changed_since("quarantine/people.csv"),
    feed.names_gone("jobs", "manager", 3, [("u2", "u1"), ("u3", "u1")]),
    feed.column_of_ours("people.csv", "custom.Line", "#line"),
    guards.many_changed("jobs", "org", 9120, 9410, 0.5, ("4100", "D-4100")),
    guards.too_new("people.csv", dt.timedelta(minutes=4), dt.timedelta(minutes=15)),
    guards.too_old("people.csv", dt.timedelta(days=4), dt.timedelta(hours=26)),
    state.locked("it holds `state/audql.sqlite.lock`, which needs no removing"),
    state.newer_state(4, 3),
    state.unreadable("state/audql.sqlite", "file is not a database"),
    state.no_database("learning", 'connection failed: FATAL: password authentication failed for user "audql"'),
    state.no_driver(),
    state.lost("learning", "server closed the connection unexpectedly"),
    state.still_in_log("audql.sqlite"),
    state.password_is_no_text("AUDQL_STATE_PASSWORD"),
    snapshots.no_snapshot(),
    snapshots.damaged(Path("people.jsonl"), "is not what was written"),
    snapshots.other_format(5, 4),
    snapshots.disk_full("a snapshot"),
    state.erased_damaged("erased.json"),
    feed.erased_again(1),
    runs.frozen("Retail", "AQ201: no field `org.divison`", Span(_RULE, 8, 19)),
    runs.file_broken("Retail", "retail.aud"),
    runs.vanished("Retail 2024", "retail.aud"),
    runs.leaves_held("Retail", 312, 640, 64),
    runs.lost_held("Retail", 212, 640, 32),
    runs.run_held(8120, 4210, 500),
    runs.run_leaves_held("Retail", runs.Excess(8120, 31400, 3140), "run_leaves", "run_lost"),
    runs.run_due_held(8120, 4210, 842),
    runs.run_lost_held("Retail", runs.Excess(5210, 11830, 591.5), "run_leaves", "run_lost"),
    runs.learning_gone(("Retail", "Warehouse"), "course", "Safety"),
    runs.links_left_out("Zoe's people", ("u2 above u1",)),
    runs.first_apply(14, 4210, 8120),
    runs.earlier_day(dt.date(2024, 1, 1), dt.date(2026, 11, 23)),
    runs.allows_nothing("leaves:Flor", "Flor", ("Floor", "Managers")),
    runs.baseline_too_late("baseline:Floor", "Floor"),
    runs.baseline(["Floor"], 14, "--allow baseline:Floor"),
    runs.applied_already(212, dt.datetime(2026, 11, 23, 9, 12, tzinfo=dt.UTC)),
    runs.target_failed("out/changes.csv", "the disk is full"),
    scripts.no_template("welcom", Span(_RETAIL, 33, 41), ("due", "joining", "welcome")),
    config.no_recipient("shift_leed", ("shift_lead",), None),
    alerts.mails_held(8120, 4210, 842),
    alerts.completions_are_old(dt.date(2026, 11, 2), 21, 7, 312),
    alerts.no_completions(312),
    alerts.template_unusable(("Retail",), "welcom", "there is no template `welcom`", "did you mean `welcome`?"),
    alerts.recipient_not_found("Retail", "shift_lead", "TimeoutError: no answer", "TimeoutError"),
    mails.no_template("welcom", ("due", "joining", "welcome"), "templates"),
    mails.unreadable("templates/chase.txt", "it is no text"),
    mails.no_subject("templates/chase.txt"),
    mails.not_jinja("unexpected '}'", _LINE),
    mails.not_allowed("`include`", _LINE),
    mails.no_such_name("persn", ("audience", "person"), _LINE),
    mails.no_text("templates/layout.html", "layout.txt"),
    mails.no_language("due", "it", ("de", "en", "fr")),
    mails.around_others("layout"),
    mails.failed("levels", "there is no `Level` here", _LEVEL),
    mails.no_password("AUDQL_SMTP_PASSWORD"),
    mails.unreachable("smtp.example.com", "it does not answer in time"),
    mails.set_aside(3, (("u5", "has no address"), ("u9", "550 5.1.1: no such mailbox"))),
    mails.put_off(
        ((10, "450 4.2.1: the server does not take it now"), (2, "it does not answer in time")),
        dt.datetime(2026, 11, 23, 2, 35, tzinfo=dt.UTC),
    ),
    mails.not_in_own("welcome", "en", ("de", "fr"), "de"),
    mails.no_mail(),
    plans.no_plan("plan.json", "it was altered, or made by another version of AudQL"),
    plans.not_written("plans/plan.json", "Permission denied"),
    plans.another_plan(),
    plans.wants_approval(8120, 1000),
    plans.own_plan("ann"),
    plans.approved_already("bob", dt.datetime(2026, 11, 23, 9, 12, tzinfo=dt.UTC), "plan.json"),
    plans.with_a_plan("--allow"),
    asked.nobody_left("Status", ("Active",), '{ column = "Status", yes = ["…"], no = ["Active"] }'),
    asked.unchecked_learning(["Fire", "Safety"]),
    asked.file_missing("poeple.csv", ("people.csv",)),
    asked.no_file("learning", "a folder"),
    asked.interrupted("SIGTERM"),
    asked.not_text("people.csv", 17),
    asked.cannot_use("people.csv", "permission denied"),
    asked.unchecked_learning(["Fire", "Safety"]),
    asked.no_scripts(("*.aud",)),
    asked.toml_not_formatted("audiences.toml"),
    asked.not_people("people.json", 3, "a comma is missing"),
    asked.no_people("people.csv"),
    asked.not_all_erased("state/snapshots/columns", "Permission denied"),
    asked.erased_elsewhere(2, 0, [], ["out/changes.csv"], []),
    asked.no_snapshot_called("77c0", (), ("3fa91be0a6c4d2b0", "b4117542e9980c1e")),
    asked.bad_table("people.csv", 3, "3 values, where the header has 2 columns"),
    asked.column_twice("people.csv", "email"),
    asked.older_state(212, 219, dt.datetime(2026, 11, 23, 2, 31, tzinfo=dt.UTC), "state/reports"),
    asked.report_not_kept("run", "state/reports", "read-only file system"),
    asked.read_as("people.csv", "cp1252"),
    first_bytes.workbook("people.xlsx"),
    asked.people_twice("people.csv", ("u1", "u7"), 2),
    asked.unfit("people.csv", "hired", "date", 12, "01.09.2026", 2),
    asked.unread_field("people.json", "contry", 12, ("country", "city")),
    asked.nobody_has("`people.csv`", ("completions",)),
    asked.nobody_at_hand("learning"),
    asked.no_person("anm", ("ann", "bob")),
    asked.several_people("info@example.com", ("u5", "u6")),
    asked.no_audience("Retial", ("Retail", "Warehouse")),
    asked.no_run_by(dt.date(2026, 10, 1), dt.date(2026, 11, 23)),
    asked.already_there("audql.toml"),
    asked.no_key("people.csv", ("name", "city")),
    asked.no_zone("London"),
    asked.zone_of_workspace(),
    problem("AQ401", "plugin `skills` cannot be loaded: ImportError: no module `nlp`", "brought by file skills.py"),
    problem("AQ402", "no plugin `skils` is installed", "did you mean `skills`?"),
    problem("AQ403", "`skills` brings no `plugin`, not a plugin", "`plugin = audql.Plugin(…)` is expected"),
    problem("AQ404", "there are two plugins `skills`: of skills 1.0, and of file skills.py", "remove one of them"),
    problem("AQ405", "the function `skilled` is brought by skills and by levels", "rename one of them"),
    problem("AQ406", "plugin `skills`: the source of its function skilled is no collection"),
    problem("AQ407", "plugin `skills` speaks of a record type `jbo`", "did you mean `job`?"),
    problem(
        "AQ408",
        "the plugins of `plugins` cannot be read: no such folder",
        "`--plugins-dir` names a folder of `.py` files",
    ),
    problem(
        "AQ409",
        "plugin `skills` cannot read its field `level`: KeyError",
        "a reader gives None for what it cannot read",
    ),
)
