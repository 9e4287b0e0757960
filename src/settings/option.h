/* option.h — what an option is, and the table of them all. */
#ifndef SETTINGS_OPTION_H
#define SETTINGS_OPTION_H

#include <stddef.h>
#include <stdint.h>

/* Option kinds; `field` is the offset in struct settings (settings.h). */
enum option_kind {
    OPTION_FLAG,
    OPTION_TEXT,
    OPTION_WORDS, /* text that may be given several times; the field is struct option_words */
    OPTION_NUMBER,
    OPTION_CHOICE
};
struct option_choice {
    const char *word;
    int value;
    const char *help;
};
struct option {
    const char *name; /* "bad-text": also --bad-text, OUTGROW_BAD_TEXT, plan key bad_text */
    char letter;      /* 0: none */
    enum option_kind kind;
    size_t field;
    const char *argument; /* shown in help: "DIR"; NULL for flags */
    const char *fallback; /* default as text; NULL: none */
    int64_t min;
    int64_t max;                         /* OPTION_NUMBER */
    const struct option_choice *choices; /* ended by word NULL */
    const char *help;                    /* one line */
};
extern const struct option option_table[];
extern const size_t option_count;

#endif
