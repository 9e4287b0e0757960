"""What a value means in a column of a PostgreSQL type: rules written from docs/same.md, in Python,
sharing nothing with outgrow. Either side's cell becomes the same canonical form, or has none.

of_source(cell, kind, unit) raises Unfit where the type cannot hold the cell, and gives Doubtful
where the manual leaves open whether it is taken; if it is, it means that."""
import datetime
import decimal
import json
import re
import struct
import sys
import uuid
import zoneinfo

Decimal = decimal.Decimal
decimal.getcontext().prec = 200_000
decimal.getcontext().Emax = decimal.MAX_EMAX
decimal.getcontext().Emin = decimal.MIN_EMIN
sys.setrecursionlimit(20_000)
sys.set_int_max_str_digits(0)

EPOCH = datetime.datetime(1970, 1, 1)
MICROSECOND = datetime.timedelta(microseconds=1)
DAY_US = 86_400_000_000
JULIAN_1970 = Decimal("2440587.5")
# What PostgreSQL's timestamps reach, from 4714-11-24 BC up to the end of 294276: further than any text may say.
MOMENTS_FROM, MOMENTS_TO = -210_866_803_200_000_000, 9_224_318_016_000_000_000
RANGES = {"bigint": 63, "integer": 31, "smallint": 15}
BOOLEANS = {**dict.fromkeys((b"t", b"true", b"y", b"yes", b"on", b"1"), True),
            **dict.fromkeys((b"f", b"false", b"n", b"no", b"off", b"0"), False)}
UNITS = {"s": 1_000_000, "ms": 1000, "us": 1, "d": DAY_US}
DATE, CLOCK = r"(\d{4})-(\d\d)-(\d\d)", r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?"
ZONE = r"( ?)(Z|z|[+-]\d\d(?::?\d\d)?)"
JSON_DEPTH_MAX = 1000


class Unfit(Exception):
    """The type cannot hold the value."""


class Doubtful:
    """The manual leaves open whether this is taken."""

    def __init__(self, form):
        self.form = form


class Text(bytes):
    """TEXT as the file has it, in the file's encoding made UTF-8; `broken` where it has none."""
    broken = None  # the file's bytes


def text_of(raw, encoding):
    """The TEXT cell of the file's bytes."""
    if encoding == "UTF-8":
        cell = Text(raw)
        try:
            raw.decode()
        except UnicodeDecodeError:
            cell.broken = raw
        return cell
    try:
        return Text(raw.decode(encoding.lower()).encode())
    except UnicodeDecodeError:
        cell = Text(b"")
        cell.broken = raw
        return cell


def cleaned(cell, encoding):
    """What --bad-text strip leaves of it."""
    if cell.broken is None:
        return Text(cell.replace(b"\0", b""))
    if encoding == "UTF-8":
        return Text(cell.broken.decode("utf-8", "ignore").replace("\0", "").encode())
    # A lone surrogate is dropped, what stands behind it is not.
    order = "little" if encoding == "UTF-16le" else "big"
    raw = cell.broken
    units = [int.from_bytes(raw[i:i + 2], order) for i in range(0, len(raw) - 1, 2)]
    kept, at = "", 0
    while at < len(units):
        unit = units[at]
        if 0xD800 <= unit < 0xDC00 and at + 1 < len(units) and 0xDC00 <= units[at + 1] < 0xE000:
            kept += chr(0x10000 + ((unit - 0xD800) << 10) + units[at + 1] - 0xDC00)
            at += 1
        elif unit and not 0xD800 <= unit < 0xE000:
            kept += chr(unit)
        at += 1
    return Text(kept.encode())


def real_text(number):
    """Its shortest digits; in full between 0.0001 and 1e17."""
    if number in (float("inf"), float("-inf")):
        return "Infinity" if number > 0 else "-Infinity"
    sign, digits, exponent = Decimal(repr(number)).as_tuple()
    digits = "".join(map(str, digits)).lstrip("0") or "0"
    exponent += len("".join(map(str, digits))) - len(digits.rstrip("0") or "0")
    digits = digits.rstrip("0") or "0"
    point = len(digits) + exponent
    minus = "-" if sign else ""
    if digits == "0":
        return minus + "0.0"
    if -3 <= point <= 17:
        if point <= 0:
            return f"{minus}0.{'0' * -point}{digits}"
        whole, rest = digits[:point].ljust(point, "0"), digits[point:]
        return f"{minus}{whole}.{rest or '0'}"
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{minus}{mantissa}e{point - 1:+03}"


def written(cell):
    """A number or text as bytes of text."""
    if isinstance(cell, Text):
        if cell.broken is not None or b"\0" in cell:
            raise Unfit
        return bytes(cell)
    if isinstance(cell, bytes):
        raise Unfit
    return (real_text(cell) if isinstance(cell, float) else str(cell)).encode()


def plain(number):
    """One form for equal decimals; zero has no sign."""
    return str(number.normalize() + 0) if number.is_finite() else str(number)


def decimal_of(cell):
    if isinstance(cell, Text):
        text = written(cell).decode()
        if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", text, re.ASCII) and not re.fullmatch(r"-0(\.0+)?", text):
            return Decimal(text)
        if re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?\s*", text, re.ASCII):
            return Doubtful(Decimal(text.strip()))
        if text.strip().lower().lstrip("+-") in ("inf", "infinity"):
            return Doubtful(Decimal(text.strip()))
        raise Unfit
    if isinstance(cell, bytes):
        raise Unfit
    return Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell)


def whole(cell, kind):
    number = decimal_of(cell)
    doubt = isinstance(number, Doubtful)
    number = number.form if doubt else number
    if not number.is_finite() or number != number.to_integral_value():
        raise Unfit
    bits = RANGES[kind]
    if isinstance(cell, float):  # a real has more digits than its shortest decimal shows
        number = int(cell)
    if not -2**bits <= number < 2**bits:
        raise Unfit
    if isinstance(cell, float):
        return number
    if isinstance(cell, Text) and b"." in cell:
        doubt = True
    return Doubtful(int(number)) if doubt else int(number)


def double(cell):
    if isinstance(cell, bytes):
        raise Unfit
    if isinstance(cell, int):
        number = float(cell)
        if int(number) != cell:
            raise Unfit
        return struct.pack(">d", number)
    return struct.pack(">d", cell)


def numeric(cell, modifier):
    number = decimal_of(cell)
    doubt = isinstance(number, Doubtful)
    number = number.form if doubt else number
    if modifier:
        precision, scale = modifier
        if (not number.is_finite() or number != number.quantize(Decimal(1).scaleb(-scale))
                or abs(number) >= Decimal(10)**(precision - scale)):
            raise Unfit
    form = plain(number)
    return Doubtful(form) if doubt else form


def boolean(cell):
    if isinstance(cell, Text):
        word = bytes(written(cell)).lower()
        if word not in BOOLEANS:
            raise Unfit
        return BOOLEANS[word]
    if isinstance(cell, bytes) or cell not in (0, 1):
        raise Unfit
    return bool(cell)


def bytea(cell):
    if isinstance(cell, Text):
        return cell.broken if cell.broken is not None else bytes(cell)
    return cell if isinstance(cell, bytes) else written(cell)


def uuid_form(cell):
    if isinstance(cell, Text):
        text = written(cell).decode().lower()
        if not re.fullmatch(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text):
            raise Unfit
        return uuid.UUID(text).bytes
    if isinstance(cell, bytes) and len(cell) == 16:
        return cell
    raise Unfit


class Number(str):
    """A number within JSON."""


def json_number(text):
    number = Decimal(text)
    _, digits, exponent = number.as_tuple()
    if len(digits) + exponent > 131072 or -exponent > 16383:
        raise Unfit
    return Number(plain(number))


def no_constant(name):
    raise Unfit


def json_object(pairs):
    return tuple(sorted({key: value for key, value in pairs}.items(), key=lambda pair: pair[0])), "object"


def json_object_once(pairs):
    if len(dict(pairs)) < len(pairs):
        raise Unfit  # jsonb would keep one of the two
    return json_object(pairs)


def frozen(tree):
    if isinstance(tree, list):
        return tuple(map(frozen, tree)), "array"
    if isinstance(tree, tuple):
        return tuple((k, frozen(v)) for k, v in tree[0]), "object"
    return (tree, type(tree).__name__)


def json_depth(text):
    """The deepest nesting, brackets within strings not counted."""
    depth = deepest = 0
    for token in re.findall(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', text, re.DOTALL):
        depth += (token in "[{") - (token in "]}") if len(token) == 1 else 0
        deepest = max(deepest, depth)
    return deepest


def json_form(cell, of_pairs=json_object):
    if isinstance(cell, float) and cell in (float("inf"), float("-inf")):
        raise Unfit
    if not isinstance(cell, bytes):
        return frozen(json_number(repr(cell)))
    text = written(cell).decode()
    if json_depth(text) > JSON_DEPTH_MAX:
        raise Unfit
    try:
        tree = json.loads(text, parse_float=json_number, parse_int=json_number, parse_constant=no_constant,
                          object_pairs_hook=of_pairs)
    except (ValueError, RecursionError):
        raise Unfit from None
    form = frozen(tree)
    if re.search(r"[\x00\ud800-\udfff]", repr_strings(form)):
        raise Unfit
    return form


def repr_strings(form):
    value, kind = form
    if kind == "str":
        return value
    if kind == "array":
        return "".join(map(repr_strings, value))
    if kind == "object":
        return "".join(k + repr_strings(v) for k, v in value)
    return ""


def day_number(year, month, day):
    try:
        return (datetime.datetime(int(year), int(month), int(day)) - EPOCH) // MICROSECOND
    except ValueError:
        raise Unfit from None


def clock_us(hour, minute, second, fraction):
    second = second or "0"
    if int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        raise Unfit
    fraction = (fraction or "").ljust(6, "0")
    if fraction[6:].strip("0"):
        raise Unfit
    return ((int(hour) * 60 + int(minute)) * 60 + int(second)) * 1_000_000 + int(fraction[:6])


def zone_us(zone):
    if zone in "Zz":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    if int(digits[2:]) > 59:
        raise Unfit
    us = (int(digits[:2]) * 60 + int(digits[2:])) * 60_000_000
    return us if zone[0] == "+" else -us


def moment_text(cell, kind, column_zone=""):
    text = written(cell).decode()
    if kind == "date":
        match = re.fullmatch(DATE, text, re.ASCII)
        if not match:
            raise Unfit
        return day_number(*match.groups()) // DAY_US
    if kind == "time":
        match = re.fullmatch(CLOCK, text, re.ASCII)
        if not match:
            raise Unfit
        return clock_us(*match.groups())
    match = re.fullmatch(f"{DATE}(?:([T ]|t|  +){CLOCK}(?:{ZONE})?)?", text, re.ASCII)
    if not match:
        raise Unfit
    year, month, day, between, hour, minute, second, fraction, _, zone = match.groups()
    zone = zone or (column_zone if column_zone[:1] in "+-" and kind == "timestamptz" else "")
    us = day_number(year, month, day) + (clock_us(hour, minute, second, fraction) if hour else 0)
    doubt = between is not None and between not in "T "
    if zone:
        if kind == "timestamp":
            raise Unfit
        shift = zone_us(zone)
        doubt |= abs(shift) > 15 * 3_600_000_000
        us -= shift
        doubt |= not day_number("0001", "1", "1") <= us < day_number("9999", "12", "31") + DAY_US
    elif column_zone and kind == "timestamptz":
        us = moment_there(us, column_zone)
    return Doubtful(us) if doubt else us


def moment_there(us, zone):
    """What a clock in that zone showed; of two such moments the first. Unfit if it never showed that."""
    shown = EPOCH + datetime.timedelta(microseconds=us)
    try:
        moment = shown.replace(tzinfo=zoneinfo.ZoneInfo(zone)).astimezone(datetime.timezone.utc)
        again = moment.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)
    except OverflowError:  # beyond the years that there are
        raise Unfit from None
    if again != shown:
        raise Unfit
    return (moment.replace(tzinfo=None) - EPOCH) // MICROSECOND


def moment_number(cell, kind, unit):
    """Exact when dividing the microseconds by the unit gives the same number again."""
    if kind == "time" or unit is None:
        raise Unfit
    if isinstance(cell, float) and cell in (float("inf"), float("-inf")):
        raise Unfit
    if unit == "julian":
        ms = int((Decimal(cell) * 86_400_000).to_integral_value(decimal.ROUND_HALF_UP))
        us = ms * 1000 - int(JULIAN_1970 * DAY_US)
        exact = ms / 86_400_000 == cell
    else:
        us = int((Decimal(cell) * UNITS[unit]).to_integral_value(decimal.ROUND_HALF_EVEN))
        exact = us / UNITS[unit] == cell if isinstance(cell, float) else True
    if not exact or not MOMENTS_FROM <= us < MOMENTS_TO:
        raise Unfit
    if kind == "date":
        if us % DAY_US:
            raise Unfit
        return us // DAY_US
    return us


def split_kind(declared):
    """character varying(20) as ("varchar", (20,))."""
    match = re.search(r"\((\d+)(?:,(\d+))?\)", declared)
    modifier = tuple(int(n) for n in match.groups() if n is not None) if match else None
    name = re.sub(r"\(.*?\)", "", declared)
    return {"character varying": "varchar", "character": "bpchar", "timestamp without time zone": "timestamp",
            "timestamp with time zone": "timestamptz", "time without time zone": "time"}.get(name, name), modifier


def text_list(cell, item):
    form = json_form(cell)
    if form[1] != "array":
        raise Unfit
    return tuple(item(value, kind) for value, kind in form[0])


def text_item(value, kind):
    if kind not in ("str", "NoneType"):
        raise Unfit
    return value


def number_item(bits):
    def item(value, kind):
        if kind == "NoneType":
            return None
        if kind != "Number" or Decimal(value) != int(Decimal(value)) or not -2**bits <= int(Decimal(value)) < 2**bits:
            raise Unfit
        return int(Decimal(value))
    return item


def of_source(cell, declared, unit=None, zone=""):
    """`declared` as format_type says it; the cell as the file has it."""
    if cell is None:
        return None
    kind, modifier = split_kind(declared)
    if kind in RANGES:
        return whole(cell, kind)
    if kind == "double precision":
        return double(cell)
    if kind == "real":
        form = double(cell)
        number = struct.unpack(">d", form)[0]
        if abs(number) != float("inf") and (abs(number) > 3.4028234663852886e38
                                            or struct.unpack(">f", struct.pack(">f", number))[0] != number):
            raise Unfit
        return form
    if kind == "numeric":
        return numeric(cell, modifier if modifier is None or len(modifier) == 2 else (modifier[0], 0))
    if kind == "boolean":
        return boolean(cell)
    if kind in ("text", "varchar", "json", "citext", "bpchar"):
        text = written(cell)
        if kind == "bpchar":
            text = text.rstrip(b" ")
        if modifier and len(text.decode()) > modifier[0]:
            raise Unfit
        if kind == "json":
            json_form(cell)
        return text
    if kind == "bytea":
        return bytea(cell)
    if kind == "uuid":
        return uuid_form(cell)
    if kind == "jsonb":
        return json_form(cell, json_object_once)
    if kind == "text[]":
        return text_list(cell, text_item)
    if kind in ("bigint[]", "integer[]"):
        numbers = text_list(cell, number_item(RANGES[kind[:-2]]))
        return Doubtful(numbers) if re.search(rb"[.eE]|-0", cell) else numbers
    if kind in ("date", "time", "timestamp", "timestamptz"):
        if isinstance(cell, Text):
            return moment_text(cell, kind, zone)
        if isinstance(cell, bytes):
            raise Unfit
        return moment_number(cell, kind, unit)
    raise AssertionError(f"no rule for the type {declared}")


def of_target(text, declared):
    """A cell in PostgreSQL's text form, as bytes."""
    if text is None:
        return None
    kind, _ = split_kind(declared)
    if kind in RANGES:
        return int(text)
    if kind in ("double precision", "real"):
        number = float(text)
        if kind == "real":
            number = struct.unpack(">f", struct.pack(">f", number))[0]
        return struct.pack(">d", number)
    if kind == "numeric":
        return plain(Decimal(text.decode()))
    if kind == "boolean":
        return text == b"true"
    if kind == "bytea":
        return bytes.fromhex(text[2:].decode())
    if kind == "uuid":
        return uuid.UUID(text.decode()).bytes
    if kind == "jsonb":
        return json_form(Text(text))
    if kind == "bpchar":
        return text.rstrip(b" ")
    if kind == "time":
        return moment_text(Text(text), kind)
    if kind in ("date", "timestamp", "timestamptz"):
        us = moment_of_target(text.decode())
        return us // DAY_US if kind == "date" else us
    if kind in ("text[]", "bigint[]", "integer[]"):
        return array_of_target(text.decode(), kind)
    return bytes(text)


def moment_of_target(text):
    """As PostgreSQL writes it, in UTC; years beyond those of texts come of numbers."""
    match = re.fullmatch(rf"(\d{{4,}})-(\d\d)-(\d\d)(?: {CLOCK}(?:\+00)?)?( BC)?", text)
    if not match:
        raise Unfit(text)
    year, month, day, hour, minute, second, fraction, before_christ = match.groups()
    cycles, year = divmod((1 - int(year) if before_christ else int(year)) - 2000, 400)  # of 146,097 days each
    return (day_number(2000 + year, month, day) + cycles * 146_097 * DAY_US
            + (clock_us(hour, minute, second, fraction) if hour else 0))


def array_of_target(text, kind):
    items = []
    for word, bare in re.findall(r'"((?:[^"\\]|\\.)*)"|([^,{}"]+)', text, re.DOTALL):
        if bare == "NULL":
            items.append(None)
        else:
            value = bare or re.sub(r"\\(.)", r"\1", word, flags=re.DOTALL)
            items.append(value if kind == "text[]" else int(value))
    return tuple(items)
