#!/bin/sh
# demo.sh — from a bare Debian to a migrated and proven database: installs what is missing, builds
# outgrow, makes a sample SQLite database and moves it into a private PostgreSQL.
set -eu
cd "$(dirname "$0")"

say() { printf '\n== %s\n' "$*"; }

say 'dependencies'
tools/install-dependencies
say 'build'
tools/build build
outgrow=build/installed/usr/local/bin/outgrow

say 'a sample database'
mkdir -p build/demo
sample=build/demo/agents.db
/usr/bin/python3 examples/make-sample-db.py "$sample"

# A schema of its own: what is migrated later, also this sample, finds public as it was.
say "outgrow migrate --replace --schema demo $sample"
# 7: done and proven, with rows set aside; the sample has some that no PostgreSQL can hold.
code=0
"$outgrow" migrate --replace --schema demo "$sample" || code=$?
[ "$code" -eq 0 ] || [ "$code" -eq 7 ] || exit "$code"

say 'the rows that were set aside'
"$outgrow" status --set-aside

say 'a question to PostgreSQL'
"$outgrow" pg psql -X -c "SELECT kind, count(*), min(at), max(at) FROM demo.events GROUP BY kind ORDER BY 2 DESC"

cat <<END

The sample is in a private PostgreSQL now, in schema demo. Look around:
    $outgrow pg psql
        a psql of its own; try \\d demo.*, TABLE demo.settings, TABLE outgrow.tables
    $outgrow verify $sample
        prove it again
    $outgrow pg stop
        stop the server; the data stays
END
