"""What happened to someone, from state."""

from __future__ import annotations

from cli_world import DAY, PEOPLE, SCRIPT, TOML, Place

MAIL = '\n[mail]\nfrom = "Learning <learning@example.com>"\nfolder = "out/mail"\n'
LEAVING = "  when leaving suspend\n  notify manager on leaving\n"


def test_history(synced: Place) -> None:
    synced.write("audql.toml", TOML + MAIL)
    synced.write("main.aud", SCRIPT.replace("  when leaving unenrol\n", LEAVING))
    assert synced("apply", "--as-of", DAY, "--allow", "first").status == 0
    assert synced("apply", "--as-of", "2027-01-31").status == 0
    shown = synced("history", "cay@example.com")
    assert shown.status == 0
    assert shown.out.splitlines() == [
        "cay (Cay Jensen)",
        "  2026-11-23  joined     New starters",
        "  2026-11-23  enrolled   course S1     due 2026-12-23",
        "  2027-01-31  left       New starters",
        "  2027-01-31  suspended  course S1",
        "  2027-01-31  mail       New starters  on leaving, to ann: sent",
    ]
    events = synced("history", "cay", "--json").json["events"]
    assert events[0] == {"day": DAY, "what": "joined", "subject": "New starters", "more": ""}
    assert synced("history", "dee").out == "dee (Dee Romero)\n  nothing so far\n"
    assert "no one is called `eve`" in synced("history", "eve").err


def test_what_several_runs_of_a_day_did_is_told_run_by_run(synced: Place) -> None:
    assert synced("apply", "--as-of", DAY, "--allow", "first").status == 0
    for hired in ("2020-10-20", "2026-10-21", "2020-10-22"):
        synced.write("feed/people.csv", PEOPLE.replace("cay@example.com,GB,2026-10-20", f"cay@example.com,GB,{hired}"))
        assert synced("run", "--as-of", DAY).status == 0
    told = synced("history", "cay", "--json").json["events"]
    assert [(event["what"], event["subject"]) for event in told] == [
        ("joined", "New starters"),
        ("enrolled", "course S1"),
        ("left", "New starters"),
        ("ended", "course S1"),
        ("joined", "New starters"),
        ("enrolled", "course S1"),
        ("left", "New starters"),
        ("ended", "course S1"),
    ]


def test_someone_who_has_left_still_has_one(applied: Place) -> None:
    applied.write("feed/people.csv", "\n".join(line for line in PEOPLE.splitlines() if not line.startswith("cay")))
    applied.write("feed/jobs.csv", "person,title\nann,Head\n")
    assert applied("run", "--as-of", "2026-11-24", "--allow", "headcount").status == 0
    assert "  2026-11-24  left      New starters" in applied("history", "cay").out
    by_mail = applied("history", "cay@example.com")
    assert by_mail.out == applied("history", "cay").out
    assert by_mail.out.startswith("cay (Cay Jensen)\n")
    # Whom no snapshot calls so any more is known by id alone.
    for manifest in (applied.root / "state/snapshots").glob("*.json"):
        if manifest.stem != applied("status", "--json").json["snapshot"] and len(manifest.stem) == 32:
            manifest.unlink()
    assert "no one is called `cay@example.com`" in applied("history", "cay@example.com").err
    assert applied("history", "cay").out.startswith("cay\n")


def test_who_is_erased_is_told_with_places_from_here(applied: Place) -> None:
    told = applied("erase", "cay@example.com", "-C", ".", "--json")
    assert (told.status, told.json["person"], told.json["left"]) == (4, "cay", ["out/changes.csv"])
    shown = applied("erase", "cay")
    assert shown.out.startswith("cay is erased: they were in 0 snapshots, not in the state, and in 0 rows set aside\n")
    assert "yours to change:\n  out/changes.csv\n" in shown.out


def test_what_an_erasure_does_to_saved_plans_is_in_its_help(place: Place) -> None:
    told = " ".join(place("erase", "--help").out.split())
    assert "Saved plans that name them are deleted, and told." in told
