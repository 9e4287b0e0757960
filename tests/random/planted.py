"""One cell of PostgreSQL changed by the smallest step that its type has, and undone again."""
import struct

import libpq
from meaning import split_kind
from oracle import literal, quoted


class Change:
    def __init__(self, connection, kind, words, back):
        self.connection, self.kind, self.words, self.back = connection, kind, words, back

    def undo(self):
        self.connection.execute(self.back)


def next_double(text, bits):
    number = float(text)
    code, size = ("<d", "<q") if bits == 64 else ("<f", "<i")
    whole = struct.unpack(size, struct.pack(code, number))[0]
    after = struct.unpack(code, struct.pack(size, whole - 1 if whole not in (0, -2**(bits - 1)) else whole + 1))[0]
    return repr(after) if after == after and abs(after) != float("inf") else "0"


def last_digit(text):
    """A decimal with its last digit changed."""
    return text[:-1] + ("1" if text[-1] != "1" else "2") if text[-1].isdigit() else "0"


def steps(kind, text):
    """Other values of the type, next to this one, as text."""
    if text is None:
        return {"text": ("",), "varchar": ("",), "bytea": ("\\x",), "jsonb": ("null",), "boolean": ("f",),
                "date": ("1970-01-01",),
                "timestamp": ("1970-01-01",), "timestamptz": ("1970-01-01 00:00+00",), "time": ("00:00",),
                "uuid": ("00000000-0000-0000-0000-000000000000",)}.get(kind, ("0",))
    if kind in ("bigint", "integer", "smallint"):
        return str(int(text) + 1), str(int(text) - 1), str(-int(text)), None
    if kind in ("double precision", "real"):
        minus = ("-0",) if text == "0" else ("0",) if text == "-0" else ()
        return *minus, next_double(text, 64 if kind[0] == "d" else 32), None
    if kind == "numeric":
        return last_digit(text), "-" + text.lstrip("-"), text + ("1" if "." in text else ".1"), None
    if kind == "boolean":
        return "f" if text == "t" else "t", None
    if kind in ("text", "varchar", "citext", "bpchar"):
        return text + " ", text.swapcase(), text[:-1], "x" + text[1:], None, text.replace("\u00e9",
            "e\u0301"), text[::-1]
    if kind == "bytea":
        flipped = text[:-1] + ("0" if text[-1] != "0" else "1") if len(text) > 2 else "\\x00"
        return flipped, text + "00", text[:-2] if len(text) > 2 else None, None
    if kind == "uuid":
        return text[:-1] + ("0" if text[-1] != "0" else "1"), None
    if kind == "jsonb":
        return {"{}": ("[]",), "[]": ("{}",), "null": ("false",), "true": ("false",)}.get(text,
            (f"[{text}]", "0", "null")) + (None,)
    return None,


def moved(kind):
    """SQL for the next moment."""
    return {"date": "{c} + 1", "timestamp": "{c} + interval '1 microsecond'",
            "timestamptz": "{c} - interval '1 microsecond'",
            "time": "{c} + interval '1 microsecond'"}.get(kind)


def change_cell(rng, connection, place, column, row):
    """Tries values until the server takes one that is not the same."""
    kind, _ = split_kind(column["type"])
    name = quoted(column["name"])
    old = connection.execute(f"SELECT {name}::text FROM {place} WHERE ctid = '{row}'")[0][0]
    candidates = [f"{'NULL' if new is None else literal(new)}::{column['type']}" for new in steps(kind, old)
                  if new != old]
    if old is not None and moved(kind):
        candidates.append(moved(kind).format(c=name))
    rng.shuffle(candidates)
    for new in candidates:
        try:
            found = connection.execute(f"UPDATE {place} SET {name} = {new} WHERE ctid = '{row}'"
                                       f" AND {name}::text IS DISTINCT FROM ({new})::text "
                                       "RETURNING ctid")
        except libpq.Error:
            continue
        if found:
            back = "NULL" if old is None else literal(old)
            return Change(connection, f"{kind}", f"{place}.{name} {str(old)[:80]!r} -> {new[:80]}",
                          f"UPDATE {place} SET {name} = {back}::{column['type']} WHERE ctid = '{found[0][0]}'")
    return None


def may_be_written(connection, place, name, row):
    """Whether the row is taken as it is: one that was there before a CHECK, which is not valid then, could not be
    undone."""
    try:
        connection.execute(f"BEGIN; UPDATE {place} SET {name} = {name} WHERE ctid = '{row}'")
        return True
    except libpq.Error:
        return False
    finally:
        connection.execute("ROLLBACK")


def plant(rng, connection, report, plan):
    tables = [t for t in report["tables"] if t["problem"] is None and not t["left_out"] and t["rows_target"] > 0]
    connection.execute("SET session_replication_role = replica; SET enable_seqscan = on")
    for _ in range(20 if tables else 0):
        table = rng.choice(tables)
        columns = [c for c in table["columns"] if c["generated"] is None and c["source"] is not None
                   and c["source"] not in plan.added(table["source"])]
        if not columns:
            continue
        rows = connection.execute(f"SELECT ctid FROM {table['target']} ORDER BY ctid")
        column, row = rng.choice(columns), rng.choice(rows)[0]
        if not may_be_written(connection, table["target"], quoted(column["name"]), row):
            continue
        change = change_cell(rng, connection, table["target"], column, row)
        if change is not None:
            return change
    return None
