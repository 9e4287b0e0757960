/* service_status.c — see service_status.h. */
#include "live/service_status.h"

#include "base/text.h"

#include <stdarg.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A name that begins with @ is in the abstract namespace. Zero: it is no name of a socket. */
static socklen_t
address_of(const char *name, struct sockaddr_un *address)
{
    size_t length = strlen(name);
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if ((name[0] != '/' && name[0] != '@') || length >= sizeof address->sun_path) {
        return 0;
    }
    memcpy(address->sun_path, name, length);
    if (name[0] == '@') {
        address->sun_path[0] = '\0';
    }
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static void
send_to(const char *name, const struct text *words)
{
    struct sockaddr_un address;
    socklen_t size = address_of(name, &address);
    int descriptor = size == 0 ? -1 : socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return;
    }
    /* Whoever does not read is not waited for: the next line says more. */
    (void)!sendto(descriptor, words->bytes, words->length, MSG_NOSIGNAL | MSG_DONTWAIT,
                  (const struct sockaddr *)&address, size);
    close(descriptor);
}

/* NULL: there is none. */
static const char *
notify_socket(void)
{
    const char *name = getenv("NOTIFY_SOCKET");
    return name != NULL && name[0] != '\0' ? name : NULL;
}

bool
service_is_watched(void)
{
    return notify_socket() != NULL;
}

void
service_status(const char *format, ...)
{
    const char *name = notify_socket();
    if (name == NULL) {
        return;
    }
    AUTO_TEXT words = {0};
    va_list arguments;
    va_start(arguments, format);
    text_add(&words, "STATUS=");
    text_vprintf(&words, format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < words.length; i++) {
        if (words.bytes[i] == '\n') {
            words.bytes[i] = ' '; /* behind it another assignment would begin */
        }
    }
    send_to(name, &words);
}
