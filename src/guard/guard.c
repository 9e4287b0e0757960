/* guard.c — the guard's way in: limits, a thread with a large stack, PostgreSQL's parser. */
#include "guard/guard.h"

#include "guard/internal.h"
#include "value/utf8.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>

/* What so few bytes can nest fits into anybody's stack: a thread with a larger one costs more than
 * the parsing. */
enum { SMALL_SQL_BYTES = 1024 };

/* What 64 KiB of SQL can nest takes some 100 MB; the memory is only taken when it is used. */
static const size_t parser_stack_bytes = (size_t)256 << 20;

static int
characters_before(const char *sql, int byte)
{
    int characters = 0;
    for (int i = 0; i < byte && sql[i] != '\0'; i++) {
        characters += ((unsigned char)sql[i] & 0xC0) != 0x80;
    }
    return characters;
}

bool
guard_refuse(struct guard_look *look, const char *rule, const char *subject, int byte,
             const char *format, ...)
{
    struct guard_verdict *verdict = look->verdict;
    if (verdict->rule != NULL) {
        return false;
    }
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    verdict->allowed = false;
    verdict->rule = rule;
    verdict->subject = arena_strdup(look->arena, subject);
    verdict->message = arena_strdup(look->arena, message);
    verdict->hint = "";
    verdict->position = byte < 0 ? GUARD_POSITION_NONE : characters_before(look->sql, byte) + 1;
    return false;
}

bool
guard_refuse_hint(struct guard_look *look, const char *hint)
{
    if (look->verdict->hint != NULL && look->verdict->hint[0] == '\0') {
        look->verdict->hint = hint;
    }
    return false;
}

/* A length of 0 stands for all the rest: nothing ends the statement. */
static void
take_text(struct guard_look *look, const PgQuery__RawStmt *statement)
{
    const char *begin = look->sql + statement->stmt_location;
    size_t length = statement->stmt_len > 0 ? (size_t)statement->stmt_len : strlen(begin);
    look->verdict->text = arena_strndup(look->arena, begin, length);
    look->verdict->text_at = characters_before(look->sql, statement->stmt_location);
}

static void
judge_tree(struct guard_look *look, const PgQueryProtobuf *bytes)
{
    PgQuery__ParseResult *tree = pg_query__parse_result__unpack(NULL, bytes->len,
                                                                (const uint8_t *)bytes->data);
    if (tree == NULL) {
        guard_refuse(look, "parse", "", -1, "the parse tree cannot be read");
        return;
    }
    if (tree->n_stmts != 1) {
        guard_refuse(look, "one-statement", "", -1, "%s",
                     tree->n_stmts == 0 ? "there is no statement"
                                        : "there is more than one statement");
        guard_refuse_hint(look, "send exactly one statement a call");
    } else {
        look->verdict->allowed = guard_judge_statement(look, tree->stmts[0]->stmt) &&
                                 guard_walk(look, &tree->base);
        take_text(look, tree->stmts[0]);
    }
    pg_query__parse_result__free_unpacked(tree, NULL);
}

/* The statement's shape, without its literals. */
static void
take_fingerprint(struct guard_look *look)
{
    PgQueryFingerprintResult found = pg_query_fingerprint(look->sql);
    if (found.error == NULL) {
        snprintf(look->verdict->fingerprint, sizeof look->verdict->fingerprint, "%016" PRIx64,
                 found.fingerprint);
    }
    pg_query_free_fingerprint_result(found);
}

/* Parses and judges on this very stack; guard_check does so on a large one. */
static void
guard_look_here(struct guard_look *look)
{
    PgQueryProtobufParseResult parsed = pg_query_parse_protobuf(look->sql);
    if (parsed.error != NULL) {
        guard_refuse(look, "parse", "", -1, "%s", parsed.error->message);
        /* The parser counts characters from 1. */
        look->verdict->position = parsed.error->cursorpos;
        guard_refuse_hint(look, "the guard knows PostgreSQL 15's grammar");
    } else {
        judge_tree(look, &parsed.parse_tree);
        take_fingerprint(look);
    }
    pg_query_free_protobuf_parse_result(parsed);
}

/* False: there is no memory for the thread. */
static bool
run_with_large_stack(void *(*function)(void *), void *context)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, parser_stack_bytes);
    bool begun = pthread_create(&thread, &attributes, function, context) == 0;
    pthread_attr_destroy(&attributes);
    if (begun) {
        pthread_join(thread, NULL);
    }
    return begun;
}

static void *
look_on_thread(void *context)
{
    guard_look_here(context);
    return NULL;
}

struct tree_showing {
    const char *sql;
    guard_tree_function *function;
    void *context;
};

static void *
show_on_thread(void *context)
{
    const struct tree_showing *showing = context;
    PgQueryProtobufParseResult parsed = pg_query_parse_protobuf(showing->sql);
    PgQuery__ParseResult *tree = parsed.error != NULL
                                     ? NULL
                                     : pg_query__parse_result__unpack(
                                           NULL, parsed.parse_tree.len,
                                           (const uint8_t *)parsed.parse_tree.data);
    if (tree != NULL) {
        showing->function(showing->context, tree);
        pg_query__parse_result__free_unpacked(tree, NULL);
    }
    pg_query_free_protobuf_parse_result(parsed);
    return NULL;
}

void
guard_with_tree(const char *sql, guard_tree_function *function, void *context)
{
    struct tree_showing showing = {sql, function, context};
    if (strlen(sql) <= GUARD_SQL_MAX) {
        (void)run_with_large_stack(show_on_thread, &showing);
    }
}

static bool
within_limits(struct guard_look *look, size_t length)
{
    size_t characters;
    size_t valid = utf8_valid_prefix((const uint8_t *)look->sql, length, &characters);
    if (length > GUARD_SQL_MAX) {
        guard_refuse(look, "size", "", -1, "the statement has %zu bytes, and %d are the most",
                     length, (int)GUARD_SQL_MAX);
        return guard_refuse_hint(look, "pass values as params, or split the work");
    }
    if (valid != length) {
        guard_refuse(look, "encoding", "", -1,
                     "byte %zu is no UTF-8, or is a NUL, and SQL holds neither", valid + 1);
        look->verdict->position = (int)characters + 1;
        return false;
    }
    return true;
}

void
guard_check(struct arena *arena, const char *sql, size_t length,
            const struct guard_options *options, struct guard_verdict *verdict)
{
    *verdict = (struct guard_verdict){.allowed = false};
    struct guard_look look = {
        .arena = arena, .sql = sql, .options = options, .verdict = verdict};
    if (!within_limits(&look, length)) {
        return;
    }
    look.sql = arena_strndup(arena, sql, length);
    if (length <= SMALL_SQL_BYTES) {
        guard_look_here(&look);
    } else if (!run_with_large_stack(look_on_thread, &look)) {
        guard_refuse(&look, "resources", "", -1,
                     "there is no memory to read the statement with");
        guard_refuse_hint(&look, "call again later");
    }
}

static const char *const statement_names[] = {
    [GUARD_NONE] = "none",
    [GUARD_SELECT] = "SELECT",
    [GUARD_EXPLAIN] = "EXPLAIN",
    [GUARD_SHOW] = "SHOW",
    [GUARD_INSERT] = "INSERT",
    [GUARD_UPDATE] = "UPDATE",
    [GUARD_DELETE] = "DELETE",
    [GUARD_ALTER_TABLE] = "ALTER TABLE",
    [GUARD_CREATE_INDEX] = "CREATE INDEX",
    [GUARD_DROP_INDEX] = "DROP INDEX",
};

const char *
guard_statement_name(enum guard_statement statement)
{
    return statement_names[statement];
}
