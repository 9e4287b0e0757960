"""crash: runs the program up to one point of its way, where it is killed, as by kill -9, or another process is:
right before a single change to a file or word to the server (crash_point.c, preloaded; nothing of it is in the
program)."""
import os

from harness import Skip

LIBRARY = os.environ.get("CRASH_POINT")
POINTS_MAX = int(os.environ.get("OUTGROW_CRASH_POINTS", "8"))


def need_crash_point():
    if not LIBRARY or not os.path.exists(LIBRARY):
        raise Skip("CRASH_POINT does not name the library")


def begin_file(t):
    """Points are counted from when it is there."""
    return t.folder / "crash.when"


def crash(t, at, *arguments, at_once=True, victim=None):
    """Runs it up to the point; with `victim`, that process dies there instead. Also how many points there were,
    when it came to its end: of all its way, or, not `at_once`, from when a hook of it makes begin_file()."""
    begins, count = begin_file(t), t.folder / "crash.count"
    begins.unlink(missing_ok=True)
    count.unlink(missing_ok=True)
    if at_once:
        begins.touch()
    env = {"LD_PRELOAD": LIBRARY, "CRASH_AT": str(at), "CRASH_WHEN": str(begins), "CRASH_COUNT": str(count)}
    if "ASAN_OPTIONS" in t.environment:
        env["ASAN_OPTIONS"] = t.environment["ASAN_OPTIONS"] + ":verify_asan_link_order=0"
    if victim:
        env["CRASH_PID"] = str(victim)
    result = t.outgrow(*arguments, env=env)
    return result, int(count.read_text()) if count.exists() else None
