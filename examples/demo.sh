#!/bin/sh
# AudQL on real HR data, in a copy under .demo: a first run, one with nothing to do, the next day, and a bad day.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=${DEMO_DIR:-$here/../.demo}

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
# The command as it can be typed: what has a space in it stands in quotes.
show() {
  printf '\n$'
  for word; do case $word in *' '*) printf " '%s'" "$word" ;; *) printf ' %s' "$word" ;; esac; done
  printf '\n'
}
run() { show "$@"; "$@"; }
# A status that is part of the story: 3 is a guard that stopped the run, 4 is done with something held or frozen.
expect() {
  wanted=$1
  shift
  show "$@"
  status=0
  "$@" || status=$?
  printf '(exit status %s)\n' "$status"
  [ "$status" -eq "$wanted" ] || { echo "expected $wanted" >&2; exit 1; }
}

[ -t 1 ] || say() { printf '\n== %s\n' "$*"; }
rm -rf "$work"
mkdir -p "$work"
work=$(cd "$work" && pwd)
cp -R "$here/adventureworks" "$work/bikes"
cp -R "$here/montgomery" "$work/county"
cd "$work/bikes"

say '1. Adventure Works, 290 people. The scripts are checked and tested before anything runs.'
run audql check
run audql test

say '2. The feed becomes a snapshot; the plan shows what a run would do, and why.'
run audql sync --as-of 2026-11-23
run audql plan --as-of 2026-11-23
expect 3 audql apply --as-of 2026-11-23
run audql apply --as-of 2026-11-23 --allow first
say '   The same again: nothing to do.'
run audql plan --as-of 2026-11-23

say '3. Why is Brenda in one audience, and Amy not in another?'
run audql why brenda0 'Big teams' --as-of 2026-11-23
run audql why amy0 'Frame welders' --as-of 2026-11-23

say '4. The next day: hires, leavers, moves and completions. Only what they change is done.'
cp -R day2/feed/. feed/
run audql run --as-of 2026-11-24
run head -n 5 out/changes.csv

say '5. A bad day: the feed is cut short, a script does not parse, an audience vanished, another was retired.'
cp -R day3/. .
expect 3 audql run --as-of 2026-11-25
say '   The feed changed nothing. The scripts are carried out over yesterday'"'"'s people.'
expect 4 audql apply --as-of 2026-11-25
expect 4 audql status
say '   Nobody lost anything but those whose audience was retired.'

cd "$work/county"
say '6. Montgomery County, 9,228 people with the titles and divisions that HR really keeps.'
run audql run --as-of 2026-11-23 --allow first
cp -R day2/. .
run audql run --as-of 2026-11-24
say '   The next feed lacks a third of the people: the guard stops it, and nothing changes.'
cp -R day3/. .
expect 3 audql run --as-of 2026-11-25
say "Done. The workspaces are here; to ask of one: $(command -v audql) repl -C $work/bikes"
