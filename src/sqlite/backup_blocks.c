/* backup_blocks.c — see backup_blocks.h. */
#include "sqlite/backup_blocks.h"

#include "base/stop.h"
#include "sqlite/source_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1024 * 1024, SLICE_BYTES = 16 * BLOCK_BYTES };

struct blocks {
    sqlite3 *handle;
    sqlite3_file *file; /* the handle's own: to close another would take its locks away */
    int out;
    struct arena memory;
    unsigned char *buffer;
    bool reading;    /* a transaction of ours is open */
    bool begun;      /* what follows is known: */
    int64_t version; /* of the file, as this handle sees it */
    int64_t page_bytes;
    int64_t bytes;
    int64_t done;
};

static void
end_reading(struct blocks *blocks)
{
    if (blocks->reading) {
        sqlite3_exec(blocks->handle, "ROLLBACK", NULL, NULL, NULL);
    }
    blocks->reading = false;
}

static void
blocks_close(struct blocks *blocks)
{
    end_reading(blocks);
    arena_free(&blocks->memory);
    if (blocks->out >= 0) {
        close(blocks->out);
    }
}
#define AUTO_BLOCKS __attribute__((cleanup(blocks_close))) struct blocks

static bool
read_number(const struct blocks *blocks, const char *sql, int64_t *number)
{
    AUTO_STATEMENT *statement = NULL;
    if (sqlite3_prepare_v2(blocks->handle, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        return false;
    }
    *number = sqlite3_column_int64(statement, 0);
    return true;
}

/* Inside a transaction: the file is what it was when the copy began. */
static bool
is_unchanged(struct blocks *blocks)
{
    int64_t version = 0;
    int64_t pages = 0;
    if (!read_number(blocks, "PRAGMA main.data_version", &version)) {
        return false;
    }
    if (blocks->begun) {
        return version == blocks->version;
    }
    blocks->begun = read_number(blocks, "PRAGMA main.page_count", &pages) &&
                    read_number(blocks, "PRAGMA main.page_size", &blocks->page_bytes);
    blocks->version = version;
    blocks->bytes = pages * blocks->page_bytes;
    return blocks->begun;
}

/* Takes the lock under which nobody writes to the file. In WAL mode this is so when the -wal
 * was empty as the transaction began: pages that are committed from then on are not brought
 * back into the file as long as there is a reader who needs nothing of the -wal. Who sees an
 * empty -wal inside the transaction had one when it began, for a reader of it keeps it from
 * being emptied. */
static bool
begin_reading(struct blocks *blocks)
{
    if (sqlite3_get_autocommit(blocks->handle) != 0) {
        blocks->reading = true;
        if (sqlite3_exec(blocks->handle, "BEGIN; SELECT 1 FROM sqlite_schema", NULL, NULL,
                         NULL) != SQLITE_OK) {
            return false;
        }
    }
    const char *real = sqlite3_db_filename(blocks->handle, "main");
    return real != NULL && side_file_bytes(real, "-wal") == 0 && is_unchanged(blocks);
}

static bool
write_fully(int out, const unsigned char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(out, bytes, size);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        bytes += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

/* What lies behind the end of a file cut off reads as zeros, as it does for SQLite. */
static bool
copy_block(struct blocks *blocks)
{
    int64_t left = blocks->bytes - blocks->done;
    int size = left < BLOCK_BYTES ? (int)left : BLOCK_BYTES;
    int code = blocks->file->pMethods->xRead(blocks->file, blocks->buffer, size, blocks->done);
    if ((code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) ||
        !write_fully(blocks->out, blocks->buffer, (size_t)size)) {
        return false;
    }
    blocks->done += size;
    return true;
}

/* Under the lock. The disk begins to write what is copied, so that the sync at the end has
 * little left. */
static bool
copy_slice(struct blocks *blocks, struct progress_item *item)
{
    int64_t start = blocks->done;
    while (blocks->done < blocks->bytes && blocks->done < start + SLICE_BYTES) {
        if (!copy_block(blocks)) {
            return false;
        }
    }
    sync_file_range(blocks->out, start, blocks->done - start, SYNC_FILE_RANGE_WRITE);
    atomic_store_explicit(&item->units_done, (uint64_t)(blocks->done / blocks->page_bytes),
                          memory_order_relaxed);
    return true;
}

static bool
copy_all(struct blocks *blocks, bool wal, struct progress_item *item)
{
    bool more = true;
    while (more) {
        if (stop_requested() || (!blocks->reading && !begin_reading(blocks)) ||
            !copy_slice(blocks, item)) {
            return false;
        }
        more = blocks->done < blocks->bytes;
        if (!wal) {
            end_reading(blocks);
        }
    }
    return true;
}

bool
backup_blocks(struct source *source, bool wal, const char *partial, struct progress_item *item)
{
    AUTO_BLOCKS blocks = {
        .handle = source->handle,
        .out = open(partial, O_WRONLY | O_CLOEXEC),
    };
    blocks.buffer = arena_alloc(&blocks.memory, BLOCK_BYTES);
    return blocks.out >= 0 &&
           sqlite3_file_control(blocks.handle, "main", SQLITE_FCNTL_FILE_POINTER,
                                &blocks.file) == SQLITE_OK &&
           copy_all(&blocks, wal, item);
}
