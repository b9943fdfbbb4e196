#!/usr/bin/env bash
# docs/proof/ledger.jsonl: what the long proofs have run, a line each.
# ledger.sh add TARGET RUNS SECONDS FINDINGS [FIRST_SEED SEEDS] | next-seed | rows
set -euo pipefail
. "$(dirname "$0")/house.sh"
exec python3 - docs/proof/ledger.jsonl "$@" <<'PY'
import datetime, json, os, subprocess, sys

ledger, command, *words = sys.argv[1:] + [''] * (len(sys.argv) < 3)
now = datetime.datetime.now(datetime.timezone.utc)


def git(*arguments):
    return subprocess.run(['git', *arguments], capture_output=True, text=True, check=True).stdout.strip()


def lines():
    if not os.path.exists(ledger):
        return []
    with open(ledger, encoding='utf-8') as file:
        return [json.loads(line) for line in file]


if command == 'add':
    target, runs, seconds, findings, *drawn = words
    # A tree with changes of its own is not the commit; the ledger's own new lines are no such change.
    dirty = git('status', '--porcelain', '--', '.', ':!' + ledger)
    row = {'date': now.strftime('%Y-%m-%dT%H:%MZ'), 'commit': git('rev-parse', '--short', 'HEAD') + ('-dirty' if dirty else ''), 'target': target,
           'runs': int(runs), 'minutes': round(int(seconds) / 60, 1), 'findings': int(findings)}
    if drawn:
        row['from'], row['to'] = int(drawn[0]), int(drawn[0]) + int(drawn[1]) - 1
    os.makedirs(os.path.dirname(ledger), exist_ok=True)
    with open(ledger, 'a', encoding='utf-8') as file:
        file.write(json.dumps(row, separators=(',', ':')) + '\n')
elif command == 'next-seed':  # behind every seed that is in the ledger, so that no run counts twice
    print(max([1_000_000] + [line['to'] + 1 for line in lines() if 'to' in line]))
elif command == 'rows':  # by target: totals, and how old the newest is, so that nobody mistakes a short run for a long one
    rows = {}
    for line in lines():
        row = rows.setdefault(line['target'], {'runs': 0, 'minutes': 0, 'findings': 0, 'date': ''})
        for key in ('runs', 'minutes', 'findings'):
            row[key] += line[key]
        row['date'] = max(row['date'], line['date'])
    for target, row in sorted(rows.items()):
        age = now - datetime.datetime.strptime(row['date'], '%Y-%m-%dT%H:%MZ').replace(tzinfo=datetime.timezone.utc)
        print(f"   ledger: {target:<27} runs {row['runs']:>10}  min {row['minutes']:>6.1f}  findings {row['findings']}  {max(age.days, 0)} days old")
    if not rows:
        print('   ledger: no long run yet (./dev soak MINUTES)')
else:
    sys.exit(f"dev: ledger.sh takes add, next-seed or rows: got '{command}'. See its first lines")
PY
