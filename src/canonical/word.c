/* word.c — see word.h. */
#include "canonical/word.h"

#include "base/text_put.h"
#include "canonical/text.h"

#include <sqlite3.h>

enum { UUID_SIZE = 16, UUID_TEXT_SIZE = 36 };

int
canonical_word_boolean(const uint8_t *word, size_t size)
{
    static const char *const words[][6] = {{"f", "false", "n", "no", "off", "0"},
                                           {"t", "true", "y", "yes", "on", "1"}};
    for (int truth = 0; truth < 2; truth++) {
        for (size_t i = 0; i < 6; i++) {
            if (strlen(words[truth][i]) == size &&
                sqlite3_strnicmp(words[truth][i], (const char *)word, (int)size) == 0) {
                return truth;
            }
        }
    }
    return -1;
}

bool
canonical_word_uuid(struct text *out, const uint8_t *bytes, size_t size)
{
    bool dashes = size == UUID_TEXT_SIZE;
    if (!dashes && size != 2 * (size_t)UUID_SIZE) {
        return false;
    }
    for (size_t i = 0; i < size; i += 2) {
        if (dashes && (i == 8 || i == 13 || i == 18 || i == 23)) {
            if (bytes[i] != '-') {
                return false;
            }
            i++;
        }
        int high = canonical_hex_digit(bytes[i]);
        int low = canonical_hex_digit(bytes[i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        text_put_char(out, (char)(high << 4 | low));
    }
    return true;
}
