"""The other ways to do it: each a function that copies one SQLite file into one
database and returns the seconds it took, or None where it cannot."""
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.parse

BATCH = 1000


def socket_of(url):
    return urllib.parse.parse_qs(urllib.parse.urlparse(url).query)["host"][0]


def database_of(url):
    return urllib.parse.urlparse(url).path.lstrip("/")


def user_of(url):
    return urllib.parse.parse_qs(urllib.parse.urlparse(url).query)["user"][0]


def timed(command, **arguments):
    began = time.monotonic()
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              **arguments)
    except subprocess.TimeoutExpired:
        return None
    seconds = time.monotonic() - began
    return seconds if done.returncode == 0 else None


PGLOADER_WHOLE = "create tables, create indexes, reset sequences"
PGLOADER_ROWS = "create tables, create no indexes, no foreign keys, reset no sequences"


def pgloader(file, url, folder, what=PGLOADER_WHOLE):
    """pgloader with the settings that were fastest for it: more workers, large batches. The types are its
    own: text for what we make uuid or timestamptz, float4 for reals (which loses digits)."""
    if shutil.which("pgloader") is None:
        return None
    load = os.path.join(folder, "pgloader.load")
    with open(load, "w") as out:
        out.write(f"""LOAD DATABASE FROM sqlite://{file}
INTO postgresql://{user_of(url)}@unix:{socket_of(url)}:5432/{database_of(url)}
WITH workers = 4, concurrency = 1, batch rows = 100000, prefetch rows = 100000,
     {what};
""")
    seconds = timed(["pgloader", load], timeout=180)
    return seconds if has_rows(url) else None


def pgloader_rows(file, url, folder):
    """Its copy alone: no index, no key, nothing behind the rows."""
    return pgloader(file, url, folder, PGLOADER_ROWS)


def has_rows(url):
    sql = ("select coalesce(sum((xpath('/row/c/text()', query_to_xml(format("
           "'select count(*) as c from %I.%I', schemaname, tablename), false, true, '')))[1]::text::bigint), 0) "
           "from pg_tables where schemaname not in ('pg_catalog', 'information_schema')")
    out = subprocess.run(["psql", url, "-Atqc", sql], capture_output=True, text=True)
    return out.returncode == 0 and int(out.stdout.strip() or 0) > 0


def tables_of(file):
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as db:
        return [row[0] for row in db.execute(
            "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")]


def sqlite_csv(file, url, folder):
    """sqlite3 -csv | psql \\copy, a table after the other, into tables of the right types."""
    began = time.monotonic()
    for table in tables_of(file):
        source = subprocess.Popen(["sqlite3", "-csv", file, f"select * from {table}"],
                                  stdout=subprocess.PIPE)
        target = subprocess.run(["psql", url, "-qc", f"\\copy {table} from stdin csv"],
                                stdin=source.stdout, capture_output=True)
        source.wait()
        if target.returncode != 0:
            sys.stderr.write(target.stderr.decode()[:300])
            return None
    return time.monotonic() - began


def psycopg2_batches(file, url, folder):
    """The way of the hand-written scripts: batches of 1,000 INSERTs through executemany."""
    try:
        import psycopg2
    except ImportError:
        return None
    began = time.monotonic()
    source = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    with psycopg2.connect(url) as target, target.cursor() as cursor:
        for table in tables_of(file):
            rows = source.execute(f"select * from {table}")
            booleans = [i for i, d in enumerate(rows.description) if d[0] == "active"]
            places = ", ".join(["%s"] * len(rows.description))
            while batch := rows.fetchmany(BATCH):
                batch = [[bool(v) if i in booleans and v is not None else v
                          for i, v in enumerate(row)] for row in batch]
                cursor.executemany(f"insert into {table} values ({places})", batch)
    target.close()
    return time.monotonic() - began
