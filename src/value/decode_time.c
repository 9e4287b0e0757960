/* decode_time.c — dates, times, intervals as the column writes them. */
#include "value/datetime.h"
#include "value/decode_internal.h"
#include "value/epoch.h"
#include "value/interval.h"
#include "value/ticks.h"
#include "value/zone.h"

#define SECOND INT64_C(1000000)

/* PostgreSQL's own range (timestamp.h), and what microseconds since 1970 reach of it. */
#define TIMESTAMP_MIN INT64_C(-211813488000000000)
#define TIMESTAMP_END INT64_C(9223371331200000000)
#define COUNTABLE_MAX (INT64_MAX - SECONDS_1970_TO_2000 * SECOND)

enum { DAYS_0000_TO_2000 = 730425 /* from 0000-03-01 */, DAYS_PER_400_YEARS = 146097 };

static int64_t
floor_divide(int64_t number, int64_t by)
{
    return number / by - (number % by < 0 ? 1 : 0);
}

/* Years before 1 as PostgreSQL writes them; its "BC" follows at the end. */
static bool
add_date(struct text *out, int64_t days)
{
    int64_t shifted = days + DAYS_0000_TO_2000;
    int64_t era = floor_divide(shifted, DAYS_PER_400_YEARS);
    int64_t of_era = shifted - era * DAYS_PER_400_YEARS;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int month = (int)((5 * of_year + 2) / 153);
    int day = (int)(of_year - (153 * month + 2) / 5 + 1);
    month = month < 10 ? month + 3 : month - 9;
    year += era * 400 + (month <= 2 ? 1 : 0);
    text_printf(out, "%04lld-%02d-%02d", (long long)(year > 0 ? year : 1 - year), month, day);
    return year > 0;
}

static void
add_time(struct text *out, int64_t microseconds, const struct source_form *form)
{
    int64_t seconds = microseconds / SECOND;
    int fraction = (int)(microseconds % SECOND);
    int digits = form->of[FORM_FRACTION] > 1 ? form->of[FORM_FRACTION] - 1 : 0;
    bool zeros = form->of[FORM_ZERO_FRACTION] == 2 && digits > 0;
    text_printf(out, "%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60));
    if (seconds % 60 == 0 && fraction == 0 && form->of[FORM_SECONDS] == 1) {
        return;
    }
    text_printf(out, ":%02d", (int)(seconds % 60));
    if (fraction == 0 && !zeros) {
        return;
    }
    text_printf(out, ".%06d", fraction);
    size_t least = digits > 0 ? (size_t)digits : 1;
    for (size_t kept = 6; kept > least && out->bytes[out->length - 1] == '0'; kept--) {
        out->bytes[--out->length] = '\0';
    }
}

/* A whole number of units as the column's class. */
static bool
give_whole(const struct decoding *decoding, int64_t number)
{
    return decoding->form->of[FORM_CLASS] == SQLITE_FLOAT ? give_real(decoding, (double)number)
                                                          : give_integer(decoding, number);
}

static bool
give_epoch(const struct decoding *decoding, int64_t moment)
{
    int64_t integer;
    double real;
    return epoch_number(moment, decoding->type->epoch, &integer, &real)
               ? give_whole(decoding, integer)
               : give_real(decoding, real);
}

static bool
is_counted(const struct decoding *decoding)
{
    uint8_t class = decoding->form->of[FORM_CLASS];
    return decoding->type->epoch != EPOCH_NONE &&
           (class == SQLITE_INTEGER || class == SQLITE_FLOAT);
}

bool
decode_date(const struct decoding *decoding)
{
    if (decoding->size != 4) {
        return false;
    }
    int32_t days = (int32_t)get_uint32(decoding->bytes);
    if (days == INT32_MAX || days == INT32_MIN) {
        text_add(decoding->out, days > 0 ? "infinity" : "-infinity");
        return give_scratch(decoding);
    }
    if (is_counted(decoding) && days >= TIMESTAMP_MIN / MICROSECONDS_PER_DAY &&
        days <= COUNTABLE_MAX / MICROSECONDS_PER_DAY) {
        return give_epoch(decoding, days * MICROSECONDS_PER_DAY);
    }
    if (!add_date(decoding->out, days)) {
        text_add(decoding->out, " BC");
    }
    return give_scratch(decoding);
}

bool
decode_time(const struct decoding *decoding)
{
    if (decoding->size != 8) {
        return false;
    }
    int64_t microseconds = get_int64(decoding->bytes);
    if (microseconds < 0 || microseconds > MICROSECONDS_PER_DAY) {
        return false;
    }
    add_time(decoding->out, microseconds, decoding->form);
    return give_scratch(decoding);
}

static void
add_zone(struct text *out, const struct source_form *form, int32_t offset)
{
    int minutes = (offset < 0 ? -offset : offset) / 60;
    char sign = offset < 0 ? '-' : '+';
    switch (form->of[FORM_ZONE]) {
    case 2: text_add_char(out, 'Z'); return;
    case 3:
        text_printf(out, minutes % 60 == 0 ? "%c%02d" : "%c%02d:%02d", sign, minutes / 60,
                    minutes % 60);
        return;
    case 4: text_printf(out, "%c%02d%02d", sign, minutes / 60, minutes % 60); return;
    case 5: text_printf(out, "%c%02d:%02d", sign, minutes / 60, minutes % 60); return;
    case 6: text_printf(out, " %c%02d%02d", sign, minutes / 60, minutes % 60); return;
    case 7: text_printf(out, " %c%02d:%02d", sign, minutes / 60, minutes % 60); return;
    default: return; /* the type's zone is understood */
    }
}

static bool
give_moment(const struct decoding *decoding, int64_t moment)
{
    const struct source_form *form = decoding->form;
    struct text *out = decoding->out;
    int32_t offset = 0;
    if (decoding->type->kind == TYPE_TIMESTAMPTZ) {
        int64_t utc = floor_divide(moment, SECOND) + SECONDS_1970_TO_2000;
        bool written = form->of[FORM_ZONE] >= 3;
        bool local = form->of[FORM_ZONE] < 2 && decoding->type->zone != NULL;
        offset = written ? form->zone_seconds
                 : local ? zone_offset_at(decoding->type->zone, utc)
                         : 0;
    }
    moment += offset * SECOND;
    int64_t days = floor_divide(moment, MICROSECONDS_PER_DAY);
    int64_t time = moment - days * MICROSECONDS_PER_DAY;
    bool ours = add_date(out, days);
    if (time != 0 || form->of[FORM_MIDNIGHT] != 1) {
        text_add_char(out, form->of[FORM_SEPARATOR] == 2 ? 'T' : ' ');
        add_time(out, time, form);
        add_zone(out, form, offset);
    }
    text_add(out, ours ? "" : " BC");
    return give_scratch(decoding);
}

bool
decode_timestamp(const struct decoding *decoding)
{
    if (decoding->size != 8) {
        return false;
    }
    int64_t moment = get_int64(decoding->bytes);
    if (moment == INT64_MAX || moment == INT64_MIN) {
        text_add(decoding->out, moment > 0 ? "infinity" : "-infinity");
        return give_scratch(decoding);
    }
    if (moment < TIMESTAMP_MIN || moment >= TIMESTAMP_END) {
        return false;
    }
    return is_counted(decoding) && moment <= COUNTABLE_MAX ? give_epoch(decoding, moment)
                                                           : give_moment(decoding, moment);
}

/* As a number of units; false: it has months, or is beyond what numbers hold. */
static bool
give_units(const struct decoding *decoding, const struct interval *interval)
{
    int64_t unit = interval_unit_microseconds(decoding->type->interval_unit);
    int64_t ticks;
    if (decoding->type->interval_unit == INTERVAL_DAYS && interval->months == 0 &&
        interval->microseconds == 0) {
        return give_whole(decoding, interval->days); /* may be beyond what ticks can count */
    }
    if (interval->months != 0 || unit == 0 ||
        __builtin_mul_overflow((int64_t)interval->days, MICROSECONDS_PER_DAY, &ticks) ||
        __builtin_add_overflow(ticks, interval->microseconds, &ticks)) {
        return false;
    }
    if (ticks % unit != 0) {
        return give_real(decoding, ticks_to_real(ticks, unit));
    }
    return give_whole(decoding, ticks / unit);
}

bool
decode_interval(const struct decoding *decoding)
{
    char text[INTERVAL_TEXT_SIZE];
    if (decoding->size != 16) {
        return false;
    }
    const struct interval interval = {(int32_t)get_uint32(decoding->bytes + 12),
                                      (int32_t)get_uint32(decoding->bytes + 8),
                                      get_int64(decoding->bytes)};
    uint8_t class = decoding->form->of[FORM_CLASS];
    if ((class == SQLITE_INTEGER || class == SQLITE_FLOAT) && give_units(decoding, &interval)) {
        return true;
    }
    uint8_t form = decoding->form->of[FORM_INTERVAL];
    enum interval_form wanted = form == 0 ? INTERVAL_FORM_PHRASE
                                          : (enum interval_form)(form - 1);
    text_add_bytes(decoding->out, text, interval_print(&interval, wanted, text));
    return give_scratch(decoding);
}
