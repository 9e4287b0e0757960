/* view_trust.c — which columns compare here as they do in SQLite: by what was seen in them. */
#include "planner/view.h"

/* No other classes of values than these. */
static bool
numbers_only(const struct column_profile *profile)
{
    return profile->texts == 0 && profile->blobs == 0;
}

static bool
texts_only(const struct column_profile *profile)
{
    return profile->integers == 0 && profile->reals == 0 && profile->blobs == 0 &&
           profile->texts_bad == 0;
}

static bool
blobs_only(const struct column_profile *profile)
{
    return profile->integers == 0 && profile->reals == 0 && profile->texts == 0;
}

/* Beyond this, SQLite's integers are more than its doubles hold. */
static bool
integers_are_doubles(const struct column_profile *profile)
{
    static const int64_t most = (int64_t)1 << 53;
    return profile->integers == 0 ||
           (profile->integer_min >= -most && profile->integer_max <= most);
}

/* Canonical texts sort like the bytes that they stand for. Keys that were made into UUIDs are
 * told apart as before, but sorted anew. */
static unsigned char
uuid_trust(const struct value_type *type, const struct column_profile *profile)
{
    bool canonical = texts_only(profile) && column_profile_holds(profile, TRAIT_UUID_CANONICAL);
    if (canonical || blobs_only(profile)) {
        return TRUST_ALL;
    }
    bool one_class = numbers_only(profile) || texts_only(profile);
    return type->uuid_rule != NULL && one_class ? TRUST_NULLS | TRUST_EQUAL : TRUST_NULLS;
}

static unsigned char
type_trust(const struct value_type *type, const struct column_profile *profile)
{
    switch (type->kind) {
    case TYPE_BIGINT:
    case TYPE_INTEGER:
    case TYPE_SMALLINT:
    case TYPE_DOUBLE:
    case TYPE_REAL:
    case TYPE_BOOLEAN: return numbers_only(profile) ? TRUST_ALL : TRUST_NULLS;
    case TYPE_NUMERIC:
        return numbers_only(profile) && integers_are_doubles(profile) ? TRUST_ALL : TRUST_NULLS;
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_ENUM: return texts_only(profile) ? TRUST_ALL : TRUST_NULLS;
    case TYPE_BYTEA: return blobs_only(profile) ? TRUST_ALL : TRUST_NULLS;
    case TYPE_UUID: return uuid_trust(type, profile);
    case TYPE_DATE:
        return numbers_only(profile) ||
                       (texts_only(profile) && column_profile_holds(profile, TRAIT_DATE))
                   ? TRUST_ALL
                   : TRUST_NULLS;
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
    case TYPE_TIME:
        return numbers_only(profile) ? TRUST_ALL
               : texts_only(profile) ? TRUST_NULLS | TRUST_MOMENT
                                     : TRUST_NULLS;
    case TYPE_JSON:
    case TYPE_JSONB:
    case TYPE_CHAR:
    case TYPE_INET:
    case TYPE_CIDR:
    case TYPE_INTERVAL:
    case TYPE_CITEXT:
    case TYPE_TEXT_ARRAY:
    case TYPE_BIGINT_ARRAY:
    case TYPE_INTEGER_ARRAY: break;
    }
    return TRUST_NULLS;
}

unsigned char
view_column_trust(const struct builder *builder, size_t table, size_t column)
{
    const struct column_profile *profile = builder_profile(builder, table, column);
    const struct plan_column *planned = &builder->plan->tables[table].columns[column];
    bool nulls_change = profile != NULL && planned->null_text != NULL && profile->nulls > 0;
    if (profile == NULL || planned->type.null_texts != NULL || nulls_change) {
        return 0;
    }
    return type_trust(&planned->type, profile);
}
