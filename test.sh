#!/bin/sh
# test.sh — installs what is missing, builds, and runs every test.
# usage: ./test.sh [--asan] [--large] [-C DIRECTORY] [NAME...]
#   --asan    with AddressSanitizer and UndefinedBehaviorSanitizer
#   --large   also the tests that take minutes and gigabytes
#   -C DIR    build in DIR instead of build (or build-asan)
#   NAME      only these: a suite (unit, e2e, orm, servers) or a test as `meson test --list` shows it
set -eu
cd "$(dirname "$0")"

asan=
large=
directory=
while [ $# -gt 0 ]; do
    case $1 in
    --asan) asan=yes ;;
    --large) large=yes ;;
    -C) directory=$2 && shift ;;
    -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0" && exit 0 ;;
    -*) echo "test.sh: unknown option $1" >&2 && exit 2 ;;
    *) break ;;
    esac
    shift
done

tools/install-dependencies
set -- "$@"
if [ -n "$asan" ]; then
    directory=${directory:-build-asan}
    tools/build "$directory" -Db_sanitize=address,undefined
else
    directory=${directory:-build}
    tools/build "$directory"
fi

names=
log=testlog # of a suite its own, so that the suites of one build can be counted together
for name; do
    case $name in
    unit | e2e | orm | servers) names="$names --suite $name" log=testlog-$name ;;
    *) names="$names $name" ;;
    esac
done
# Many a test waits for something: one process more than there are processors keeps them all at work.
processes=$(($(nproc) + 1))
if [ -n "$large" ]; then
    export OUTGROW_SAMPLE="${OUTGROW_SAMPLE:-all}" # of the moments at which a kill is tried
else
    names="--no-suite large $names"
    # Servers and files of tests are in memory where there is plenty: making and removing thousands of files
    # takes a third of the time on a disk.
    if [ -z "${TMPDIR-}" ] && [ -w /dev/shm ] &&
        [ "$(df -Pk /dev/shm | awk 'END { print $4 }')" -gt 6000000 ] &&
        [ "$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)" -gt 8000000 ]; then
        export TMPDIR=/dev/shm
    fi
fi
[ $# -gt 0 ] || names="--no-suite servers $names" # they need npm and its registry
if [ -n "$asan" ]; then # what takes long and shows a sanitizer nothing that other tests do not
    names="--no-suite orm --no-suite conformance $names"
    export OUTGROW_CRASH_POINTS="${OUTGROW_CRASH_POINTS:-4}"
fi

code=0
rm -f "$directory/meson-logs/$log".* # what an earlier run has found does not count
# Of itself meson ends a test after thirty seconds, which a busy machine needs for what takes one.
meson test -C "$directory" --no-rebuild --num-processes "$processes" --timeout-multiplier 4 --print-errorlogs \
    --logbase "$log" $names || code=$?
tools/count-tests "$directory/meson-logs/$log.junit.xml" || code=1
exit "$code"
