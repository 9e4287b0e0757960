/* catalog_shadow.c — which table belongs to which virtual table. SQLite itself
 * knows only when the virtual table's module is loaded. */
#include "sql/grammar.h"
#include "sql/lexer.h"
#include "sqlite/catalog_internal.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

/* The tables that well-known modules keep, as <virtual table>_<pattern>. */
static const struct {
    const char *module;
    const char *pattern;
} known_shadows[] = {
    {"fts3", "content"},
    {"fts3", "segments"},
    {"fts3", "segdir"},
    {"fts3", "docsize"},
    {"fts3", "stat"},
    {"fts4", "content"},
    {"fts4", "segments"},
    {"fts4", "segdir"},
    {"fts4", "docsize"},
    {"fts4", "stat"},
    {"fts5", "data"},
    {"fts5", "idx"},
    {"fts5", "content"},
    {"fts5", "docsize"},
    {"fts5", "config"},
    {"rtree", "node"},
    {"rtree", "parent"},
    {"rtree", "rowid"},
    {"rtree_i32", "node"},
    {"rtree_i32", "parent"},
    {"rtree_i32", "rowid"},
    {"geopoly", "node"},
    {"geopoly", "parent"},
    {"geopoly", "rowid"},
    {"vec0", "info"},
    {"vec0", "chunks"},
    {"vec0", "rowids"},
    {"vec0", "auxiliary"},
    {"vec0", "vector_chunks[0-9][0-9]"},
    {"vec0", "metadatachunks[0-9][0-9]"},
    {"vec0", "metadatatext[0-9][0-9]"},
    {"vss0", "index"},
    {"vss0", "data"},
    {"spellfix1", "vocab"},
};

/* SQLite keeps "CREATE VIRTUAL TABLE name USING module(...)". False: not so. */
static bool
module_of(const char *sql, struct sql_token *module)
{
    struct sql_lexer lexer = {.at = sql};
    struct sql_token token = sql_lexer_next(&lexer);
    while (token.code != 0 && token.code != TK_ILLEGAL) {
        if (token.length == 5 && strncasecmp(token.text, "USING", 5) == 0) {
            *module = sql_lexer_next(&lexer);
            return module->code != 0;
        }
        token = sql_lexer_next(&lexer);
    }
    return false;
}

static bool
token_is(const struct sql_token *token, const char *word)
{
    size_t length = strlen(word);
    bool quoted = token->length == length + 2 && strchr("\"`['", token->text[0]) != NULL;
    return (quoted || token->length == length) &&
           strncasecmp(token->text + quoted, word, length) == 0;
}

static bool
is_known_shadow(const char *owner_sql, const char *suffix)
{
    struct sql_token module;
    if (owner_sql == NULL || !module_of(owner_sql, &module)) {
        return false;
    }
    for (size_t i = 0; i < sizeof known_shadows / sizeof *known_shadows; i++) {
        if (token_is(&module, known_shadows[i].module) &&
            fnmatch(known_shadows[i].pattern, suffix, FNM_CASEFOLD) == 0) {
            return true;
        }
    }
    return false;
}

const char *
catalog_shadow_owner(const struct catalog_reader *reader, const struct schema_row *row)
{
    AUTO_ARENA names = {0};
    char *owner = arena_strdup(&names, row->name);
    for (char *cut = strrchr(owner, '_'); cut != NULL; cut = strrchr(owner, '_')) {
        *cut = '\0'; /* the longest possible owner first */
        const char *suffix = row->name + (cut - owner) + 1;
        int found = catalog_names_find(reader->relations_by_name, reader->relation_count,
                                       owner);
        const struct schema_row *candidate = found < 0 ? NULL : &reader->rows[found];
        if (candidate != NULL && candidate->virtual_table &&
            (row->shadow || is_known_shadow(candidate->sql, suffix))) {
            return candidate->name;
        }
    }
    return NULL;
}
