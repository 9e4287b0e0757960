/* interval_print.c — intervals as text, as PostgreSQL writes them. */
#include "value/interval.h"

#include <stdarg.h>
#include <stdio.h>

#define SECOND UINT64_C(1000000)

struct writer {
    char *text;
    size_t length;
};

static void PRINTF_LIKE(2, 3) add(struct writer *writer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    writer->length += (size_t)vsnprintf(writer->text + writer->length,
                                        INTERVAL_TEXT_SIZE - writer->length, format, args);
    va_end(args);
}

/* ".5": digits of the fraction, but for zeros at the end. */
static void
add_fraction(struct writer *writer, unsigned fraction)
{
    if (fraction != 0) {
        add(writer, ".%06u", fraction);
        while (writer->text[writer->length - 1] == '0') {
            writer->text[--writer->length] = '\0';
        }
    }
}

static void
add_clock(struct writer *writer, int64_t microseconds, const char *plus)
{
    uint64_t magnitude = microseconds < 0 ? -(uint64_t)microseconds : (uint64_t)microseconds;
    add(writer, "%s%02llu:%02u:%02u", microseconds < 0 ? "-" : plus,
        (unsigned long long)(magnitude / SECOND / 3600),
        (unsigned)(magnitude / SECOND / 60 % 60), (unsigned)(magnitude / SECOND % 60));
    add_fraction(writer, (unsigned)(magnitude % SECOND));
}

/* A plus where something negative stands before. */
static void
add_words(struct writer *writer, int32_t number, const char *unit, bool *negative)
{
    if (number != 0) {
        add(writer, "%s%s%d %s%s", writer->length > 0 ? " " : "",
            *negative && number > 0 ? "+" : "", (int)number, unit, number == 1 ? "" : "s");
        *negative = number < 0;
    }
}

static void
add_phrase(struct writer *writer, const struct interval *interval)
{
    bool negative = false;
    add_words(writer, interval->months / 12, "year", &negative);
    add_words(writer, interval->months % 12, "mon", &negative);
    add_words(writer, interval->days, "day", &negative);
    if (writer->length == 0 || interval->microseconds != 0) {
        add(writer, "%s", writer->length > 0 ? " " : "");
        add_clock(writer, interval->microseconds, negative ? "+" : "");
    }
}

static void
add_letter(struct writer *writer, int64_t number, char letter)
{
    if (number != 0) {
        add(writer, "%lld%c", (long long)number, letter);
    }
}

static void
add_iso(struct writer *writer, const struct interval *interval)
{
    add(writer, "P");
    add_letter(writer, interval->months / 12, 'Y');
    add_letter(writer, interval->months % 12, 'M');
    add_letter(writer, interval->days, 'D');
    int64_t microseconds = interval->microseconds;
    if (microseconds != 0 || writer->length == 1) {
        int64_t seconds = microseconds / (int64_t)SECOND;
        int64_t fraction = microseconds % (int64_t)SECOND;
        add(writer, "T");
        add_letter(writer, seconds / 3600, 'H');
        add_letter(writer, seconds / 60 % 60, 'M');
        if (seconds % 60 != 0 || fraction != 0 || microseconds == 0) {
            int64_t rest = seconds % 60;
            add(writer, "%s%lld", microseconds < 0 ? "-" : "",
                (long long)(rest < 0 ? -rest : rest));
            add_fraction(writer, (unsigned)(fraction < 0 ? -fraction : fraction));
            add(writer, "S");
        }
    }
}

size_t
interval_print(const struct interval *interval, enum interval_form form,
               char text[INTERVAL_TEXT_SIZE])
{
    struct writer writer = {text, 0};
    text[0] = '\0';
    if (form == INTERVAL_FORM_ISO) {
        add_iso(&writer, interval);
    } else {
        add_phrase(&writer, interval);
    }
    return writer.length;
}
