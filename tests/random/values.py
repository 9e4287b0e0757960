"""Random values: every storage class, and what is at the edge of each type's meaning."""
import json
import math
import struct
import uuid


class Raw(bytes):
    """Bytes that SQLite shall take for text of the file's encoding, well-formed or not."""


INTEGERS = (0, 1, -1, 2, 7, 10, 100, 127, 128, 255, 32767, 32768, -32768, -32769, 2**31 - 1, 2**31, -2**31,
            -2**31 - 1, 2**53 - 1, 2**53, 2**53 + 1, -2**53 - 1, 2**63 - 1, 2**63 - 2, -2**63, -2**63 + 1,
            10**15, 10**17, 10**18, 1700000000, 1700000000123, 20240101, 2460310)
REALS = (0.0, -0.0, 1.0, -1.0, 0.5, 0.1, 0.2, 1 / 3, 1.5, 2.5, -2.5, 1e15, 1e16, 1e17, 1e18, 123456789.125, 1e-4,
         1e-5, 5e-324, -5e-324, 2.2250738585072014e-308, 2.225073858507201e-308, 1.7976931348623157e308,
         -1.7976931348623157e308, 1e308, 1e300, float("inf"), float("-inf"), 9007199254740993.0, 9.2233720368547758e18,
         -9.2233720368547758e18, 3.4028234663852886e38, 1.401298464324817e-45, 2460310.5, 1700000000.5, 1e22, 1e23,
         0.3, 99999999.99, 12345.67, 1e-300)
WORDS = ("a", "b", "abc", "ABC", "Abc", "zebra", "Zebra", "apple", " ", "  x ", "x ", "x  ", "\t", "\n", "a\\b", "\\N",
         "\\.",
         "'", "\"", "it's", "a\tb", "a\nb", "a\rb", "\u00e9", "e\u0301", "\u00c9", "\u00df", "\u0130", "\u0131",
         "\U0001F9AB",
         "\U0001F468\u200d\U0001F469", "\ufeffx", "\uffff", "\ufffd", "\u2028", "\x01", "\x7f", "\x80", "null", "NULL",
         "true", "x" * 20, "x" * 21, "\u00e9" * 20, "%s", "$1", "{}", "{a,b}", "--", "; DROP TABLE x")
NUMBER_TEXTS = ("007", "1e5", " 12 ", "12", "-5", "+5", "0", "-0", "1.0", "1.50", ".5", "5.", "0x10", "1e400", "1_000",
                "1,5",
                "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e-5", "NaN", "inf", "Infinity",
                "123456789012345678901234567890.5", "0.1", "1E5", "\u0663", "12abc", "--1", "1 2", "99999999.99")
BOOLEANS = ("t", "f", "true", "false", "TRUE", "False", "y", "n", "yes", "no", "on", "off", "1", "0", "Y", "oN", "tRUE",
            "T")
BOOLEAN_ODD = ("tr", "ja", "2", " true", "", "truee", "of")
MOMENTS_ODD = ("", "now", "2024-02-30", "2023-02-29", "2024-13-01", "0000-00-00", "0000-00-00 00:00:00", "10000-01-01",
               "2024-1-2", "20240102", "24:00:00", "2024-01-02 24:00:00", "2024-01-02 23:59:60",
               "2024-01-02 03:04:05.1234567",
               "2024-01-02 03:04:05.1000000", "2024-01-02T03:04:05,5", "01/02/2024", "2024-01-02 3:04", " 2024-01-02",
               "2024-01-02 ", "2024-01-02  03:04:05", "2024-01-02 03:04:05 PM", "-2024-01-02", "12:34:56.789", "12:34",
               "2024-01-02T03:04:05+25:00", "2024-01-02T03:04:05+14:00", "2024-01-02T03:04:05-12:30", "infinity",
               "epoch",
               "2024-01-02 03:04:05 UTC", "9999-12-31T23:59:59.999999-01:00", "0001-01-01T00:00:00+01:00",
               "2024-01-02T03:04:05z", "2024-01-02t03:04:05", "2024-01-02 03:04:05 +0000", "2024-01-02 03:04:05+05",
               "2024-01-02 03:04:05+00:00:30", "2024-W01-1", "2024-001", "0001-01-01", "9999-12-31", "1900-02-29")
JSON_TEXTS = ("{}", "[]", "null", "true", "0", "-0", "\"\"", "\"x\"", "{\"a\":1,\"a\":2}", "{\"b\":1,\"a\":2}",
              "[1,2,3]",
              "[\"a\",null,\"b\"]", "[1e400]", "[1e-400]", "[1E+2,100,100.0]", "[0.1000]",
              "[12345678901234567890123456789.5]",
              "\"\\u00e9\\n\\/\"", "\"\\ud83e\\uddab\"", "{\"a\":{\"b\":{\"c\":[]}}}", " [ 1 , 2 ] ", "{\"\":0}",
              "[1.50]",
              "{\"k\":\"\U0001F9AB\"}", "[-0.0]", "[true,false,null]", "{\"aa\":1,\"b\":2,\"a\":3}", "[[[[[[]]]]]]",
              "[1e131071]", "[9223372036854775808]")
JSON_ODD = ("", " ", "{", "[1,]", "{'a':1}", "{a:1}", "NaN", "[NaN]", "[Infinity]", "[-Infinity]", "\"\\u0000\"",
            "\"\\ud800\"",
            "\"\\udead\\ud800\"", "[01]", "[1.]", "[.5]", "[+1]", "[0x1f]", "\"\t\"", "// c\n1", "/* c */ 1",
            "undefined", "\ufeff{}",
            "[1]x", "\"\\x41\"", "tru", "[1e131072]", "[1e-16383]", "[1e-16384]", "\u00a0[]", "{\"a\"}", "[" * 999
            + "]" * 999,
            "[" * 1001 + "]" * 1001, "{\"a\":" * 500 + "1" + "}" * 500, "-", "1e", "\"\\u12\"", "\x0b[]")
BAD_UTF8 = (b"\xff", b"a\x00b", b"\x00", b"\xc3", b"ab\xe2\x82", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80",
            b"x\x80y",
            b"\xf8\x88\x80\x80\x80", b"12\x00", b"\xe2\x82A", b"\xef\xbb\xbf\x00", b"{}\x00")
BAD_UTF16 = ("d800", "dc00", "0061d800", "d8000061", "dc00d800", "d83ed83eddab", "00000061", "0061000000620000", "dfff",
             "d83edd")


def whole(rng):
    roll = rng.random()
    if roll < .45:
        return rng.randrange(-5, 60)
    if roll < .7:
        return rng.choice(INTEGERS)
    return rng.getrandbits(rng.choice((8, 15, 16, 31, 32, 33, 52, 53, 54, 62, 63))) * rng.choice((1, -1))


def small_whole(rng):
    return rng.randrange(-30000, 30000)


def real(rng):
    roll = rng.random()
    if roll < .35:
        return rng.choice(REALS)
    if roll < .7:
        return round(rng.uniform(-1000, 1000), rng.randrange(0, 6))
    number = struct.unpack("<d", rng.randbytes(8))[0]
    return None if math.isnan(number) else number


def decimal(rng):
    return rng.choice((rng.randrange(-10**6, 10**6) / 100, rng.randrange(1000), round(rng.uniform(0, 100), 2)))


def word(rng):
    roll = rng.random()
    if roll < .5:
        return rng.choice(WORDS)
    if roll < .9:
        return "".join(rng.choice("abcdeXYZ 019_\u00e9\u4e2d'\"\\\n\U0001F418") for _ in range(rng.randrange(0, 12)))
    text = rng.choice(WORDS) or "-"
    return text * rng.choice((2, 50, 900)) if roll < .995 else (text * 100_000)[:100_000]


def boolean(rng):
    return rng.randrange(2)


def boolean_word(rng):
    return rng.choice(BOOLEANS)


def day(rng):
    return f"{rng.choice((1, 1582, 1900, 1969, 1970, 2000, 2023, 2024, 2024, 9999)):04}-{rng.randrange(1, 13):02}-" \
           f"{rng.randrange(1, 29):02}"


def clock(rng, seconds=True):
    text = f"{rng.randrange(24):02}:{rng.randrange(60):02}"
    if seconds:
        text += f":{rng.randrange(60):02}" + rng.choice(("", "", f".{rng.randrange(1000):03}",
            f".{rng.randrange(10**6):06}", ".5"))
    return text


def moment(rng):
    return day(rng) + rng.choice(" T") + clock(rng, rng.random() < .8)


def zoned(rng):
    return moment(rng) + rng.choice(("Z", "Z", "+00:00", "+02:00", "-0330", "+05", "-11:00", " +00:00"))


def any_moment(rng):
    return rng.choice((day, clock, moment, zoned))(rng) if rng.random() < .6 else rng.choice(MOMENTS_ODD)


def seconds(rng):
    return rng.choice((rng.randrange(10**9, 2 * 10**9), 0, -1, 86400 * rng.randrange(20000)))


def milliseconds(rng):
    return rng.randrange(10**12, 2 * 10**12)


def julian(rng):
    return rng.choice((2460310.5 + rng.randrange(1000), 2451545.0 + rng.randrange(86400) / 86400, 2440587.5))


def seconds_real(rng):
    return rng.choice((rng.randrange(10**12, 2 * 10**12) / 1000, rng.uniform(1e9, 2e9), 1e9 + .5))


def uuid_text(rng):
    plain = uuid.UUID(bytes=rng.randbytes(16))
    return rng.choice((str(plain), str(plain), str(plain).upper(), plain.hex))


def uuid_odd(rng):
    plain = uuid.UUID(bytes=rng.randbytes(16))
    return rng.choice((f"{{{plain}}}", f"urn:uuid:{plain}", str(plain)[:-1], plain.hex + "0", f" {plain}", plain.hex[:4]
                       + "-" + plain.hex[4:],
                       plain.bytes, str(plain).replace("-", "_"), str(plain)[:-1] + "g"))


def uuid_blob(rng):
    return rng.randbytes(16)


def tree(rng, depth=0):
    kind = rng.randrange(9 if depth < 4 else 6)
    if kind > 6:
        return {word(rng)[:30]: tree(rng, depth + 1) for _ in range(rng.randrange(4))}
    if kind == 6:
        return [tree(rng, depth + 1) for _ in range(rng.randrange(4))]
    return (None, rng.random() < .5, whole(rng), round(rng.uniform(-9, 9), 4), word(rng)[:50], rng.randrange(100))[kind]


def json_text(rng):
    if rng.random() < .4:
        return rng.choice(JSON_TEXTS)
    return json.dumps(tree(rng), ensure_ascii=rng.random() < .5, separators=rng.choice(((",", ":"), (", ", ": "))))


def number_list(rng):
    return json.dumps([rng.randrange(-99, 99) for _ in range(rng.randrange(5))])


def blob(rng):
    size = rng.choice((0, 1, 2, 15, 16, 17, 100, 1000, 1024, 1025)) if rng.random() < .99 else 100_000
    return rng.randbytes(size)


def odd_text(rng):
    return rng.choice((lambda: rng.choice(NUMBER_TEXTS), lambda: rng.choice(BOOLEAN_ODD),
                       lambda: rng.choice(MOMENTS_ODD),
                       lambda: rng.choice(JSON_ODD), lambda: uuid_odd(rng), lambda: ""))()


def bad_text(rng, encoding):
    if encoding == "UTF-8":
        return Raw(rng.choice(BAD_UTF8))
    raw = bytes.fromhex(rng.choice(BAD_UTF16))
    if encoding == "UTF-16le":
        raw = b"".join(raw[i:i + 2][::-1] for i in range(0, len(raw), 2))
    return Raw(raw)


def anything(rng):
    return rng.choice((whole, real, word, blob, odd_text, json_text, any_moment, boolean_word, uuid_text, decimal,
                       lambda r: None, lambda r: r.choice(NUMBER_TEXTS)))(rng)


# What a column's values look like, and the declared types that go with it.
FLAVOURS = {
    "whole": (whole, ("INTEGER", "INT", "BIGINT", "int", "UNSIGNED BIG INT", "INT8", "NUMERIC", "", "LONG")),
    "small": (small_whole, ("SMALLINT", "TINYINT", "INTEGER", "MEDIUMINT", "INT2")),
    "real": (real, ("REAL", "DOUBLE", "FLOAT", "DOUBLE PRECISION", "real", "NUMERIC", "")),
    "decimal": (decimal, ("DECIMAL(10,2)", "NUMERIC(12,4)", "DECIMAL", "NUMERIC", "DECIMAL(5,2)", "MONEY", "REAL",
                          "NUMERIC(6)")),
    "word": (word, ("TEXT", "VARCHAR(20)", "VARCHAR(255)", "CHAR(20)", "CLOB", "NVARCHAR(100)", "text", "", "STRING",
                    "CHARACTER(20)")),
    "number text": (lambda rng: rng.choice(NUMBER_TEXTS), ("TEXT", "VARCHAR(40)", "", "NUMERIC", "DECIMAL(10,2)")),
    "boolean": (boolean, ("BOOLEAN", "BOOL", "boolean", "TINYINT(1)", "BIT")),
    "boolean word": (boolean_word, ("BOOLEAN", "BOOL", "TEXT")),
    "day": (day, ("DATE", "date", "TEXT", "DATETIME")),
    "clock": (clock, ("TIME", "TEXT")),
    "moment": (moment, ("DATETIME", "TIMESTAMP", "TEXT", "datetime", "TIMESTAMP WITHOUT TIME ZONE", "DATETIME(6)")),
    "zoned": (zoned, ("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE", "DATETIME", "TEXT")),
    "any moment": (any_moment, ("DATETIME", "DATE", "TIMESTAMP", "TEXT", "TIME")),
    "seconds": (seconds, ("DATETIME", "TIMESTAMP", "INTEGER", "DATE", "TIMESTAMPTZ")),
    "milliseconds": (milliseconds, ("DATETIME", "TIMESTAMP", "INTEGER")),
    "seconds real": (seconds_real, ("DATETIME", "TIMESTAMP", "REAL")),
    "julian": (julian, ("DATETIME", "REAL", "DATE")),
    "uuid": (uuid_text, ("UUID", "GUID", "TEXT", "CHAR(36)", "VARCHAR(36)")),
    "uuid blob": (uuid_blob, ("UUID", "BLOB", "BINARY(16)")),
    "json": (json_text, ("JSON", "JSONB", "TEXT", "json")),
    "numbers": (number_list, ("JSON", "TEXT")),
    "blob": (blob, ("BLOB", "VARBINARY(100)", "", "BYTEA")),
    "anything": (anything, ("", "TEXT", "BLOB", "INTEGER", "REAL", "NUMERIC", "ANY", "my type", "ENUM('a','b')",
                            "GEOMETRY", "XML")),
}
STRICT_TYPES = {"whole": "INTEGER", "small": "INT", "real": "REAL", "decimal": "REAL", "word": "TEXT", "blob": "BLOB",
                "uuid": "TEXT",
                "moment": "TEXT", "json": "TEXT", "anything": "ANY", "boolean": "INTEGER"}


class Flavour:
    """Values of one column: mostly of one kind, with now and then what does not belong there."""

    def __init__(self, rng, encoding, names=None):
        self.name = rng.choice(names or tuple(FLAVOURS))
        self.make, self.types = FLAVOURS[self.name]
        self.encoding = encoding
        self.nulls = rng.choice((0, 0, .1, .1, .5, 1) if rng.random() < .2 else (0, .1))
        self.odd = rng.choice((0, 0, 0, 0, .02, .1))
        self.bad = rng.choice((0, 0, 0, 0, 0, 0, .02, .3) if self.name in ("word", "json", "anything", "blob")
                              else (0,))

    def value(self, rng):
        if rng.random() < self.nulls:
            return None
        if rng.random() < self.bad:
            return bad_text(rng, self.encoding)
        return anything(rng) if rng.random() < self.odd else self.make(rng)
