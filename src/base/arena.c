/* arena.c — see arena.h. Blocks form a singly linked list, newest first. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE_MIN = 32 * 1024, APPEND_CAPACITY_MIN = 4 };

struct arena_block {
    struct arena_block *older;
    size_t size_bytes;
    size_t used_bytes;
    alignas(max_align_t) unsigned char bytes[];
};

static struct arena_block *
block_new(size_t size_bytes)
{
    if (size_bytes < BLOCK_SIZE_MIN) {
        size_bytes = BLOCK_SIZE_MIN;
    }
    struct arena_block *block = calloc(1, sizeof *block + size_bytes);
    if (block == NULL) {
        fputs("outgrow: out of memory\n", stderr);
        abort();
    }
    block->size_bytes = size_bytes;
    return block;
}

void *
arena_alloc(struct arena *arena, size_t size_bytes)
{
    size_t align = alignof(max_align_t);
    if (size_bytes > SIZE_MAX / 2) {
        abort();
    }
    size_bytes = (size_bytes + align - 1) & ~(align - 1);

    struct arena_block *block = arena->newest;
    if (block == NULL || block->size_bytes - block->used_bytes < size_bytes) {
        block = block_new(size_bytes);
        block->older = arena->newest;
        arena->newest = block;
    }
    void *memory = block->bytes + block->used_bytes;
    block->used_bytes += size_bytes;
    return memory;
}

char *
arena_strndup(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);
    return memcpy(copy, text, length);
}

char *
arena_strdup(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_strndup(arena, text, strlen(text));
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

void *
arena_append(struct arena *arena, void *items, size_t *count, size_t item_size)
{
    void *old;
    memcpy(&old, items, sizeof old); /* `items` is the address of a typed pointer */
    bool full = *count == 0 || (*count >= APPEND_CAPACITY_MIN && (*count & (*count - 1)) == 0);
    if (full) {
        size_t capacity = *count == 0 ? APPEND_CAPACITY_MIN : *count * 2;
        void *grown = arena_alloc(arena, capacity * item_size);
        if (*count > 0) {
            memcpy(grown, old, *count * item_size);
        }
        memcpy(items, &grown, sizeof grown);
        old = grown;
    }
    return (unsigned char *)old + (*count)++ * item_size;
}

void
arena_free(struct arena *arena)
{
    struct arena_block *block = arena->newest;
    while (block != NULL) {
        struct arena_block *older = block->older;
        free(block);
        block = older;
    }
    *arena = (struct arena){0};
}
