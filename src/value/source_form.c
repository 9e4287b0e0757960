/* source_form.c — what a value's spelling shows, and what most values show. */
#include "value/source_form.h"

#include "value/datetime.h"
#include "value/inet.h"
#include "value/interval.h"
#include "value/word.h"

#include <string.h>

enum { DATE_SIZE = 10, MINUTES_SIZE = 5, UUID_SEPARATED = 36 };

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* "HH:MM[:SS[.f]]" at the start of the bytes. Returns its size. */
static size_t
note_time(struct source_form *form, const uint8_t *time, size_t size)
{
    if (size < MINUTES_SIZE + 3 || time[MINUTES_SIZE] != ':') {
        form->of[FORM_SECONDS] = 1;
        form->of[FORM_ZERO_FRACTION] = 1;
        return MINUTES_SIZE;
    }
    bool zero_seconds = time[6] == '0' && time[7] == '0';
    size_t at = MINUTES_SIZE + 3;
    form->of[FORM_SECONDS] = zero_seconds ? 2 : 0;
    if (at == size || time[at] != '.') {
        form->of[FORM_ZERO_FRACTION] = 1;
        return at;
    }
    size_t first = ++at;
    bool zero = true;
    while (at < size && is_digit(time[at])) {
        zero = zero && time[at] == '0';
        at++;
    }
    size_t digits = at - first < 6 ? at - first : 6;
    form->irregular = at - first > 6;
    form->of[FORM_FRACTION] = (uint8_t)(digits + 1);
    form->of[FORM_ZERO_FRACTION] = zero ? 2 : 0;
    return at;
}

/* What stands behind the time tells its form by its size: nothing, Z, +hh, +hhmm, +hh:mm; or a
 * blank and +hhmm, +hh:mm. */
static void
note_zone(struct source_form *form, const uint8_t *zone, size_t size)
{
    static const uint8_t options[][8] = {{1, 2, 0, 3, 0, 4, 5}, {[6] = 6, [7] = 7}};
    bool apart = size > 0 && *zone == ' ';
    form->of[FORM_ZONE] = size < sizeof *options ? options[apart][size] : 0;
}

static void
note_moment(struct source_form *form, const uint8_t *bytes, size_t size)
{
    struct datetime datetime;
    if (size < DATE_SIZE) {
        return;
    }
    if (size == DATE_SIZE) {
        form->of[FORM_MIDNIGHT] = 1;
        return;
    }
    form->of[FORM_SEPARATOR] = bytes[DATE_SIZE] == 'T' ? 2 : 1;
    size_t at = DATE_SIZE + 1;
    at += note_time(form, bytes + at, size - at);
    note_zone(form, bytes + at, size - at);
    if (datetime_parse(bytes, size, &datetime)) {
        form->zone_seconds = datetime.zone_seconds;
        form->irregular |= datetime.zoned && datetime.zone_seconds == 0 &&
                           bytes[size - 1] != 'Z' &&
                           memchr(bytes + DATE_SIZE, '-', size - DATE_SIZE) != NULL;
        form->of[FORM_MIDNIGHT] = datetime.microseconds == 0 ? 2 : 0;
    }
}

/* Lower, upper, or but for the first letter lower; `capital` allowed or not. */
static void
note_case(struct source_form *form, const uint8_t *bytes, size_t size, bool capital)
{
    size_t lower = 0;
    size_t upper = 0;
    for (size_t i = 0; i < size; i++) {
        lower += bytes[i] >= 'a' && bytes[i] <= 'z';
        upper += bytes[i] >= 'A' && bytes[i] <= 'Z';
    }
    if (lower == 0 || upper == 0) {
        form->of[FORM_CASE] = upper > 0 ? 2 : lower > 0;
    } else if (capital && upper == 1 && bytes[0] <= 'Z') {
        form->of[FORM_CASE] = 3;
    } else {
        form->irregular = true;
    }
}

static void
note_boolean(struct source_form *form, const uint8_t *bytes, size_t size)
{
    static const char *const words[][2] = {{"0", "1"}, {"f", "t"},    {"false", "true"},
                                           {"n", "y"}, {"no", "yes"}, {"off", "on"}};
    note_case(form, bytes, size, true);
    for (size_t i = 0; i < 2 * (sizeof words / sizeof *words); i++) {
        const char *word = words[i / 2][i % 2];
        if (strlen(word) == size &&
            sqlite3_strnicmp(word, (const char *)bytes, (int)size) == 0) {
            form->of[FORM_WORDS] = (uint8_t)(i / 2 + 1);
        }
    }
}

/* Marks of JSON outside and inside of strings. */
static void
note_json(struct source_form *form, const uint8_t *bytes, size_t size)
{
    bool inside = false;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '"') {
            inside = !inside;
        } else if (inside && bytes[i] >= 0x80) {
            form->of[FORM_ESCAPES] = 1;
        } else if (inside && bytes[i] == '\\' && i + 1 < size) {
            i++;
            bool control = i + 3 < size && bytes[i + 1] == '0' && bytes[i + 2] == '0' &&
                           bytes[i + 3] <= '1';
            form->of[FORM_ESCAPES] = bytes[i] == 'u' && !control ? 2 : form->of[FORM_ESCAPES];
        } else if (!inside && (bytes[i] == ',' || bytes[i] == ':') && i + 1 < size) {
            form->of[FORM_BLANKS] = bytes[i + 1] == ' ' ? 2 : 1;
        }
    }
}

static void
note_interval(struct source_form *form, const uint8_t *bytes, size_t size)
{
    struct interval interval;
    enum interval_form shape;
    if (interval_parse(bytes, size, &interval, &shape)) {
        form->of[FORM_INTERVAL] = (uint8_t)(shape + 1);
    }
}

static void
note_inet(struct source_form *form, const uint8_t *bytes, size_t size)
{
    struct inet inet;
    if (inet_parse(bytes, size, &inet) && inet.bits == inet.size * 8) {
        form->of[FORM_MASK] = inet.masked ? 2 : 1;
    }
}

static void
note_text(struct source_form *form, enum type_kind kind, const uint8_t *bytes, size_t size)
{
    switch ((int)kind) {
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ: note_moment(form, bytes, size); return;
    case TYPE_TIME:
        if (size >= MINUTES_SIZE) {
            note_time(form, bytes, size);
        }
        return;
    case TYPE_BOOLEAN: note_boolean(form, bytes, size); return;
    case TYPE_UUID:
        form->of[FORM_HYPHENS] = size == UUID_SEPARATED ? 2 : 1;
        note_case(form, bytes, size, false);
        return;
    case TYPE_JSONB:
    case TYPE_TEXT_ARRAY:
    case TYPE_BIGINT_ARRAY:
    case TYPE_INTEGER_ARRAY: note_json(form, bytes, size); return;
    case TYPE_INTERVAL: note_interval(form, bytes, size); return;
    case TYPE_INET:
    case TYPE_CIDR: note_inet(form, bytes, size); return;
    default: return;
    }
}

void
source_form_of(sqlite3_value *value, const struct value_type *type, bool utf16,
               struct source_form *form)
{
    int storage_class = sqlite3_value_type(value);
    *form = (struct source_form){0};
    if (storage_class == SQLITE_NULL) {
        return;
    }
    form->of[FORM_CLASS] = (uint8_t)storage_class;
    if (storage_class == SQLITE_TEXT) {
        struct cell_bytes text = cell_text(value, utf16);
        note_text(form, type->kind, text.bytes, text.size);
    }
}

void
form_tally_add(struct form_tally *tally, const struct source_form *form)
{
    for (size_t field = 0; field < FORM_FIELD_COUNT; field++) {
        tally->votes[field][form->of[field]]++;
    }
    if (form->of[FORM_ZONE] < 3) {
        return;
    }
    if (tally->zone_lead == 0) {
        tally->zone_seconds = form->zone_seconds;
    }
    tally->zone_lead += tally->zone_seconds == form->zone_seconds ? 1 : UINT64_MAX;
}

void
form_tally_choose(const struct form_tally *tally, struct source_form *form)
{
    *form = (struct source_form){.zone_seconds = tally->zone_seconds};
    for (size_t field = 0; field < FORM_FIELD_COUNT; field++) {
        uint64_t most = 0;
        size_t options = 0;
        for (size_t option = 1; option < FORM_OPTION_COUNT; option++) {
            uint64_t votes = tally->votes[field][option];
            options += votes > 0;
            if (votes > most) {
                most = votes;
                form->of[field] = (uint8_t)option;
            }
        }
        if (field == FORM_FRACTION && options > 1) {
            form->of[field] = 1; /* fractions of several lengths: zeros are not written */
        }
    }
}

json_t *
source_form_to_json(const struct source_form *form)
{
    json_t *fields = json_array();
    for (size_t field = 0; field < FORM_FIELD_COUNT; field++) {
        json_array_append_new(fields, json_integer(form->of[field]));
    }
    return json_pack("{s:o, s:i}", "fields", fields, "zone_seconds", (int)form->zone_seconds);
}

bool
source_form_from_json(const json_t *json, struct source_form *form)
{
    const json_t *fields = json_object_get(json, "fields");
    const json_t *zone = json_object_get(json, "zone_seconds");
    *form = (struct source_form){0};
    if (!json_is_array(fields) || !json_is_integer(zone)) {
        return false;
    }
    form->zone_seconds = (int32_t)json_integer_value(zone);
    for (size_t field = 0; field < FORM_FIELD_COUNT; field++) {
        json_int_t option = json_integer_value(json_array_get(fields, field)); /* 0: newer */
        if (option < 0 || option >= FORM_OPTION_COUNT) {
            return false;
        }
        form->of[field] = (uint8_t)option;
    }
    return true;
}
