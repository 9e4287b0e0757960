"""libpq through ctypes: an application's connection, with nothing to install."""
import ctypes

_libpq = ctypes.CDLL("libpq.so.5")
for _name, _result, _arguments in (
        ("PQconnectdb", ctypes.c_void_p, [ctypes.c_char_p]), ("PQstatus", ctypes.c_int, [ctypes.c_void_p]),
        ("PQfinish", None, [ctypes.c_void_p]), ("PQerrorMessage", ctypes.c_char_p, [ctypes.c_void_p]),
        ("PQexec", ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p]), ("PQclear", None, [ctypes.c_void_p]),
        ("PQresultStatus", ctypes.c_int, [ctypes.c_void_p]), ("PQntuples", ctypes.c_int, [ctypes.c_void_p]),
        ("PQnfields", ctypes.c_int, [ctypes.c_void_p]),
        ("PQresultErrorField", ctypes.c_char_p, [ctypes.c_void_p, ctypes.c_int]),
        ("PQgetvalue", ctypes.c_char_p, [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]),
        ("PQgetisnull", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int, ctypes.c_int])):
    _function = getattr(_libpq, _name)
    _function.restype, _function.argtypes = _result, _arguments

_OK, _COMMAND_OK, _TUPLES_OK = 0, 1, 2
_SQLSTATE, _PRIMARY = ord("C"), ord("M")


class Error(Exception):
    def __init__(self, state, words):
        super().__init__(f"{state} {words}")
        self.state, self.words = state, words

    @property
    def connection_lost(self):
        return self.state == "" or self.state.startswith(("08", "57P"))


class Connection:
    def __init__(self, url):
        self.handle = _libpq.PQconnectdb(url.encode())
        if _libpq.PQstatus(self.handle) != _OK:
            words = _libpq.PQerrorMessage(self.handle).decode(errors="replace").strip()
            self.close()
            raise Error("", words)
        self.execute("SET client_min_messages = error")

    def execute(self, sql):
        """The rows of the last statement: tuples of text or None."""
        result = _libpq.PQexec(self.handle, sql.encode())
        try:
            if _libpq.PQresultStatus(result) not in (_COMMAND_OK, _TUPLES_OK):
                state = _libpq.PQresultErrorField(result, _SQLSTATE) or b""
                words = _libpq.PQresultErrorField(result, _PRIMARY) or _libpq.PQerrorMessage(self.handle)
                raise Error(state.decode(), words.decode(errors="replace").strip())
            width = range(_libpq.PQnfields(result))
            return [tuple(None if _libpq.PQgetisnull(result, row, column)
                          else _libpq.PQgetvalue(result, row, column).decode() for column in width)
                    for row in range(_libpq.PQntuples(result))]
        finally:
            _libpq.PQclear(result)

    def close(self):
        if self.handle:
            _libpq.PQfinish(self.handle)
            self.handle = None
