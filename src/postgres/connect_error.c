/* connect_error.c — why there is no connection, in one line and without secrets.
 *
 * libpq quotes pieces of a malformed connection string in its messages, and a
 * password with an unescaped @ or / ends up in what it takes for the host. */
#include "postgres/target_internal.h"

#include <ctype.h>
#include <string.h>

/* Whether a URI holds an @ where libpq may have cut a password in two. */
static bool
may_have_cut_password(const char *conninfo)
{
    const char *authority = strstr(conninfo, "://");
    if (authority == NULL || strncmp(conninfo, "postgres", 8) != 0) {
        return false;
    }
    const char *at = strchr(authority + 3, '@');
    const char *slash = strchr(authority + 3, '/');
    return at != NULL && ((slash != NULL && slash < at) || strchr(at + 1, '@') != NULL);
}

static bool
starts_keyword(const char *conninfo, const char *place)
{
    return place == conninfo || strchr(" ?&\t\n", place[-1]) != NULL;
}

static bool
is_libpq_keyword(const char *word, size_t length)
{
    PQconninfoOption *known = PQconninfoParse("", NULL);
    bool found = false;
    for (const PQconninfoOption *o = known; o != NULL && o->keyword != NULL; o++) {
        found = found ||
                (strlen(o->keyword) == length && memcmp(o->keyword, word, length) == 0);
    }
    PQconninfoFree(known);
    return found;
}

/* Whether the quoted word is an option's name, even a misspelt one ("passwrd" in
 * passwrd=...): the person needs to see that. */
static bool
is_keyword(const char *conninfo, const char *word, size_t length)
{
    if (is_libpq_keyword(word, length)) {
        return true;
    }
    for (size_t i = 0; i < length; i++) {
        if (!islower((unsigned char)word[i]) && word[i] != '_') {
            return false;
        }
    }
    for (const char *place = conninfo; *place != '\0'; place++) {
        if (strncmp(place, word, length) == 0 && place[length] == '=' &&
            starts_keyword(conninfo, place)) {
            return true;
        }
    }
    return false;
}

/* The quote that closes the quotation beginning at `word`. A connection string with
 * quotes in it makes pairing them unsafe: then all up to the last one counts. */
static const char *
closing_quote(const char *word, const char *conninfo)
{
    return strchr(conninfo, '"') == NULL ? strchr(word, '"') : strrchr(word, '"');
}

/* Copies the message, with "..." for what it quotes, but for options' names and
 * single signs. */
static void
add_without_quotations(struct text *line, const char *message, const char *conninfo)
{
    const char *open;
    while ((open = strchr(message, '"')) != NULL) {
        const char *word = open + 1;
        const char *close = closing_quote(word, conninfo);
        text_add_bytes(line, message, (size_t)(open - message));
        if (close == NULL) {
            text_add(line, "\"...\"");
            return;
        }
        size_t length = (size_t)(close - word);
        bool shown = (length == 1 && ispunct((unsigned char)*word)) ||
                     is_keyword(conninfo, word, length);
        text_add(line, "\"");
        text_add_bytes(line, shown ? word : "...", shown ? length : 3);
        text_add(line, "\"");
        message = close + 1;
    }
    text_add(line, message);
}

struct connect_cause {
    const char *words; /* in libpq's or the server's message */
    const char *hint;
    bool lasts; /* no waiting helps: what is asked for, or the server's rules, must change */
};
static const struct connect_cause connect_causes[] = {
    {"root certificate file", "name the authority's certificate: sslrootcert=FILE", true},
    {"certificate verify failed",
     "the server's certificate is of another authority than that of "
     "sslrootcert",
     true},
    {"does not match host name",
     "name the host as the certificate does; hostaddr=ADDRESS besides says where it is", true},
    {"server does not support SSL", "sslmode demands TLS, and the server has ssl = off", true},
    {"password authentication failed", "check user and password (PGPASSWORD, ~/.pgpass)", true},
    {"no password supplied", "give the password in PGPASSWORD or in ~/.pgpass", true},
    {"\" does not exist", "name a user that the server knows: postgresql://USER@HOST/DATABASE",
     true},
    {"no pg_hba.conf entry", "the server's pg_hba.conf does not let this user in from here",
     true},
    {"authentication failed", "check the user name; the server asks for another proof of it",
     true},
    {"could not translate host name", "check the host name", false},
    {"Connection refused", "is the server running? leave out TARGET to use the private server",
     false},
    {"No such file or directory",
     "is the server running? leave out TARGET to use the private server", false},
    {"timeout expired", "is the server running, and does a firewall let you reach it?", false},
    {"too many clients", "the server has no connection left; use fewer --jobs", false},
    {"connection slots are reserved", "the server has no connection left; use fewer --jobs",
     false},
    {"too many connections for",
     "its CONNECTION LIMIT is reached; raise it, or use fewer --jobs", false},
    {"SSL negotiation", "is it PostgreSQL that listens on this port?", true},
    {"expected authentication request", "is it PostgreSQL that listens on this port?", true},
    {"closed the connection unexpectedly",
     "is it PostgreSQL that listens there? its log may say why", false},
    {"Network is unreachable", "check the host's address, and the way to it", false},
    {"No route to host", "check the host's address, and the way to it", false},
    {"Permission denied", "this user may not use that socket; name a host", true},
    {"in recovery mode", "the server repairs itself after a crash; try again in a moment",
     false},
    {"not yet accepting connections", "the server is starting; try again in a moment", false},
    {"shutting down", "the server is being stopped; start it again", false},
    {"starting up", "the server is starting; try again in a moment", false},
    {"bad connection string", "the form is postgresql://USER@HOST:PORT/DATABASE", true},
    {"not currently accepting connections", "the database has ALLOW_CONNECTIONS false", true},
    {"definition of service", "check the service name and pg_service.conf", true},
};

/* database "x" does not exist -> createdb x */
static bool
add_database_hint(const char *line, struct error *err)
{
    const char *missing = strstr(line, "\" does not exist");
    const char *name = strstr(line, "database \"");
    if (missing == NULL || name == NULL || name > missing) {
        return false;
    }
    AUTO_TEXT quoted = {0};
    for (name += strlen("database \""); name < missing; name++) {
        text_add_bytes(&quoted, *name == '\'' ? "'\\''" : name, *name == '\'' ? 4 : 1);
    }
    error_hint(err, "create it: createdb --encoding=UTF8 '%s'", text_string(&quoted));
    return true;
}

static void
add_connect_hint(const char *line, bool cut_password, struct error *err)
{
    if (cut_password) {
        error_hint(err,
                   "a password in a URI needs its @ written as %%40, / as %%2F, : as %%3A");
        return;
    }
    if (add_database_hint(line, err)) {
        return;
    }
    for (size_t i = 0; i < sizeof connect_causes / sizeof connect_causes[0]; i++) {
        if (strstr(line, connect_causes[i].words) != NULL) {
            error_hint(err, "%s", connect_causes[i].hint);
            return;
        }
    }
}

/* Of several hosts, one that is away may be the one that would not refuse. */
static bool
is_refusal(const char *line)
{
    bool lasts = false;
    for (size_t i = 0; i < sizeof connect_causes / sizeof connect_causes[0]; i++) {
        if (strstr(line, connect_causes[i].words) != NULL) {
            if (!connect_causes[i].lasts) {
                return false;
            }
            lasts = true;
        }
    }
    return lasts;
}

/* Whether libpq could not read the string, or not one of its values: "user:secret"
 * without a host makes a port of the secret. Then it quotes from it. */
static bool
is_malformed(const char *conninfo, const char *message)
{
    if (!conninfo_is_string(conninfo)) {
        return false;
    }
    if (strncmp(message, "invalid ", 8) == 0) {
        return true;
    }
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    PQconninfoFree(options);
    return options == NULL;
}

/* A host may have several addresses, and a string several hosts: libpq tells of each that it
 * tried on lines of its own. Its question there is what our hint asks better. */
static void
add_attempts(struct text *line, char *message)
{
    for (;;) {
        char *next = strstr(message, "\nconnection to server");
        char *question = strstr(message, "\n\tIs the server running");
        if (next != NULL) {
            *next = '\0';
        }
        if (question != NULL && (next == NULL || question < next)) {
            *question = '\0';
        }
        target_add_line(line, message);
        if (next == NULL) {
            return;
        }
        text_add(line, "; ");
        message = next + 1;
    }
}

bool
connect_failed(const char *conninfo, const char *libpq_message, struct error *err)
{
    AUTO_TEXT shown = {0};
    bool malformed = is_malformed(conninfo, libpq_message);
    bool cut_password = may_have_cut_password(conninfo);
    if (malformed || cut_password) {
        add_without_quotations(&shown, libpq_message, conninfo);
    } else {
        text_add(&shown, libpq_message);
    }
    AUTO_TEXT line = {0};
    text_add(&line, malformed ? "bad connection string: " : "");
    add_attempts(&line, shown.bytes);
    error_set(err, malformed ? ERROR_USAGE : ERROR_TARGET, "%s", text_string(&line));
    if (!malformed) { /* libpq keeps the server's to itself */
        snprintf(err->sqlstate, sizeof err->sqlstate, "%s",
                 is_refusal(text_string(&line)) ? "28000" : "08001");
    }
    add_connect_hint(text_string(&line), cut_password, err);
    return false;
}
