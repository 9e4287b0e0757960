#!/usr/bin/python3
"""ARCHITECTURE.md against the tree: rooms, floors, and the files it sends a reader to."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TEXT = (ROOT / "ARCHITECTURE.md").read_text()
FILE = r"`([\w/.*-]+\.[chy])`"


def floors_described():
    return {room: int(floor) for floor, room in re.findall(r"^\| (\d+) \| `(\w+)/`", TEXT, re.M)}


def floors_checked():
    """As tools/check-layers has them, from the ground up."""
    floors = re.search(r"^floors='([^']*)'", (ROOT / "tools/check-layers").read_text(), re.M).group(1)
    return {room: number for number, line in enumerate(floors.split("\n"), 1) for room in line.split()}


def missing_files():
    """A name without a path belongs to the room of the last path in its line, or stands alone."""
    for line in TEXT.splitlines():
        room = None
        for name in re.findall(FILE, line):
            path = pathlib.Path(name)
            if len(path.parts) > 1:
                room = path.parent
            where = room if room else pathlib.Path("src") / "*"
            if not list(ROOT.glob(str(where / path.name))):
                yield name


def main():
    rooms = {path.name for path in (ROOT / "src").iterdir() if path.is_dir()}
    checks = {
        "every room has its row, and no row is of another room": set(floors_described()) ^ rooms,
        "each room stands on the floor that is checked":
            set(floors_described().items()) ^ set(floors_checked().items()),
        "every file that is named is there": list(missing_files()),
    }
    print(f"1..{len(checks)}")
    for number, (sentence, faults) in enumerate(checks.items(), 1):
        print(f"{'not ok' if faults else 'ok'} {number} - {sentence}")
        for fault in sorted(map(str, faults)):
            print("#", fault)
    return 1 if any(checks.values()) else 0


raise SystemExit(main())
