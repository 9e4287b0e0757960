/* inet.c — see inet.h. */
#include "value/inet.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* "/n" up to the end. */
static bool
parse_mask(const uint8_t *bytes, size_t size, unsigned max, unsigned *bits)
{
    *bits = 0;
    if (size < 1 || size > 3 || (size > 1 && bytes[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] < '0' || bytes[i] > '9') {
            return false;
        }
        *bits = *bits * 10 + (unsigned)(bytes[i] - '0');
    }
    return *bits <= max;
}

bool
inet_parse(const uint8_t *bytes, size_t size, struct inet *inet)
{
    char text[INET_TEXT_SIZE];
    if (size == 0 || size >= sizeof text || memchr(bytes, 0, size) != NULL) {
        return false;
    }
    const uint8_t *slash = memchr(bytes, '/', size);
    size_t length = slash == NULL ? size : (size_t)(slash - bytes);
    memcpy(text, bytes, length);
    text[length] = '\0';
    bool six = memchr(text, ':', length) != NULL;
    memset(inet, 0, sizeof *inet);
    inet->size = six ? INET_SIZE_6 : INET_SIZE_4;
    inet->bits = (unsigned)inet->size * 8;
    inet->masked = slash != NULL;
    if (inet_pton(six ? AF_INET6 : AF_INET, text, inet->address) != 1) {
        return false;
    }
    return slash == NULL || parse_mask(slash + 1, size - length - 1, inet->bits, &inet->bits);
}

bool
inet_is_network(const struct inet *inet)
{
    for (unsigned bit = inet->bits; bit < inet->size * 8; bit++) {
        if ((inet->address[bit / 8] & (0x80U >> bit % 8)) != 0) {
            return false;
        }
    }
    return true;
}

size_t
inet_print(const struct inet *inet, char text[INET_TEXT_SIZE])
{
    int family = inet->size == INET_SIZE_6 ? AF_INET6 : AF_INET;
    inet_ntop(family, inet->address, text, INET_TEXT_SIZE);
    size_t length = strlen(text);
    if (inet->masked || inet->bits < inet->size * 8) {
        length += (size_t)snprintf(text + length, INET_TEXT_SIZE - length, "/%u", inet->bits);
    }
    return length;
}
