#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* O_NOFOLLOW, MAP_ANONYMOUS */
#endif

#include "shard/shard.h"

#include "shard/file.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SPARE_LISTS 64

static size_t
round_up(size_t size, size_t unit)
{
    return (size + unit - 1) / unit * unit;
}

#ifdef _WIN32

struct shard {
    char path[1];
};

shard *
shard_open(const char *path, const shard_fork_hooks *hooks)
{
    (void)path;
    (void)hooks;
    errno = ENOSYS;
    return NULL;
}

void
shard_begin(shard *own)
{
    (void)own;
}

void
shard_close(shard *own)
{
    (void)own;
}

void
shard_keep(shard *own)
{
    (void)own;
}

shard_header *
shard_head(shard *own)
{
    (void)own;
    return NULL;
}

static void *
alloc_in_file(shard *own, shard_kind kind, const void *owner, size_t size)
{
    (void)own;
    (void)kind;
    (void)owner;
    (void)size;
    return NULL;
}

static bool
free_in_file(shard *own, void *memory)
{
    (void)own;
    (void)memory;
    return false;
}

static void
count_lost(shard *own, size_t size)
{
    (void)own;
    (void)size;
}

void
shard_read_boot(char boot[SHARD_BOOT_SIZE])
{
    boot[0] = '\0';
}

#else

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP ((size_t)64 * 1024) /* a multiple of any page's size */
#define MOST_RESERVED ((size_t)256 * 1024 * 1024)
#define LEAST_RESERVED ((size_t)4 * 1024 * 1024)
#define PATH_SIZE 2048

_Static_assert(sizeof(shard_header) <= SHARD_HEADER_SIZE, "the header has its place");
_Static_assert(sizeof(shard_block) == SHARD_ALIGNMENT, "blocks are aligned");

/* The child's memory, from before a fork until after it. */
typedef struct {
    int file;   /* -1: none could be made */
    void *copy; /* owned; what the child has instead; NULL: nothing */
    size_t room;
    char path[PATH_SIZE];
} shard_heir;

struct shard {
    shard *next;          /* in the list of all */
    char *base;           /* owned; address space of `reserved` bytes */
    size_t reserved;      /* bytes, and ... */
    size_t room;          /* ... those of them that are the file's, and ... */
    size_t used;          /* ... those that blocks take */
    size_t on_heap;       /* bytes of blocks that are not in the file */
    bool full;            /* it does not grow any more */
    bool kept;            /* blocks are not to be reused */
    dev_t device;         /* identity of the file ... */
    ino_t inode;          /* ... */
    char path[PATH_SIZE]; /* "": no file */
    shard_block *spare[SPARE_LISTS]; /* free blocks, by a hash of their size */
    shard_fork_hooks hooks;
    shard_heir heir;
};

/* -- Files ------------------------------------------------------------------------- */

/* Descriptor of the shard's file; -1 if it is not there any more. None is kept open:
   programs close all descriptors, and use their numbers for files of theirs. */
static int
file_reopen(const shard *own)
{
    struct stat found;
    int file = open(own->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (file >= 0 && (fstat(file, &found) != 0 || found.st_dev != own->device ||
                      found.st_ino != own->inode)) {
        close(file);
        file = -1;
    }
    return file;
}

static void
file_remember(shard *own, int file)
{
    struct stat found;
    if (fstat(file, &found) == 0) {
        own->device = found.st_dev;
        own->inode = found.st_ino;
    }
}

/* Map a part of a file, or of nothing (-1), at its place. */
static bool
map_part(const shard *own, int file, size_t from, size_t to)
{
    int flags = MAP_FIXED | (file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED);
    return mmap(own->base + from, to - from, PROT_READ | PROT_WRITE, flags, file,
                file < 0 ? 0 : (off_t)from) != MAP_FAILED;
}

/* -- Forks ------------------------------------------------------------------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of `all` */
static shard *all;

/* A name beside that of the parent's file. */
static bool
name_heir(shard *own, uint64_t number)
{
    const char *slash = strrchr(own->path, '/');
    int folder = (int)(slash - own->path);
    int length = snprintf(own->heir.path, PATH_SIZE, "%.*s/%ld-%llu.shard", folder,
                          own->path, (long)getpid(), (unsigned long long)number);
    return length > 0 && length < PATH_SIZE;
}

static int
make_heir_file(shard *own)
{
    uint64_t now = file_read_unix_ns();
    for (uint64_t i = 0; i < 100 && name_heir(own, now + i); i++) {
        int file = file_make(own->heir.path);
        if (file >= 0 || errno != EEXIST) {
            return file;
        }
    }
    return -1;
}

/* The file that the child will have, with all that is in the parent's. Until the child
   has begun the numbers are nobody's. */
static void
prepare(shard *own)
{
    own->heir.file = own->path[0] == '\0' ? -1 : make_heir_file(own);
    own->heir.copy = NULL;
    own->heir.room = own->room;
    own->hooks.before(own->hooks.context);
    if (own->heir.file >= 0) {
        size_t room = round_up(own->used, STEP);
        shard_header header = *shard_head(own);
        header.pid = 0;
        if (file_extend(own->heir.file, own->used, room) &&
            file_write(own->heir.file, own->base + sizeof(header),
                       own->used - sizeof(header), sizeof(header)) &&
            file_write(own->heir.file, (const char *)&header, sizeof(header), 0)) {
            own->heir.room = room;
            return;
        }
        close(own->heir.file);
        (void)unlink(own->heir.path);
        own->heir.file = -1;
    }
    if (own->path[0] != '\0') {
        void *copy = mmap(NULL, own->room, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (copy != MAP_FAILED) {
            memcpy(copy, own->base, own->used);
            own->heir.copy = copy;
        }
    }
}

static void
before_fork(void)
{
    int error = errno;
    (void)pthread_mutex_lock(&lock);
    for (shard *own = all; own != NULL; own = own->next) {
        prepare(own);
    }
    errno = error;
}

/* What was prepared is done with. */
static void
release_heir(shard *own)
{
    if (own->heir.file >= 0) {
        close(own->heir.file);
    }
    if (own->heir.copy != NULL) {
        (void)munmap(own->heir.copy, own->room);
    }
}

static void
after_fork_in_parent(void)
{
    int error = errno;
    for (shard *own = all; own != NULL; own = own->next) {
        release_heir(own);
    }
    (void)pthread_mutex_unlock(&lock);
    errno = error;
}

/* Have the child's memory at the place of the parent's. */
static void
inherit(shard *own)
{
    shard_heir *heir = &own->heir;
    if (heir->file >= 0 && map_part(own, heir->file, 0, heir->room)) {
        memcpy(own->path, heir->path, sizeof(own->path));
        file_remember(own, heir->file);
        own->full = false;
        if (heir->room < own->room) { /* the rest is the parent's */
            (void)map_part(own, -1, heir->room, own->room);
        }
    }
    else if (own->path[0] != '\0') {
        bool copied = heir->copy != NULL && map_part(own, -1, 0, own->room);
        if (copied) {
            memcpy(own->base, heir->copy, own->used);
        } /* else nothing but a mistake in the numbers can be had */
        own->path[0] = '\0';
        own->full = true;
        own->on_heap += own->used;
    }
    release_heir(own);
    own->room = own->path[0] == '\0' ? own->room : heir->room;
}

/* The parent's notes are not the child's. */
static void
drop_notes(shard *own)
{
    shard_block *block;
    for (size_t at = SHARD_HEADER_SIZE; at < own->used; at += block->size) {
        block = (shard_block *)(own->base + at);
        if (block->kind == SHARD_NOTE) {
            block->kind = SHARD_FREE; /* on no list: few, and of odd sizes */
        }
    }
}

static void
after_fork_in_child(void)
{
    int error = errno;
    for (shard *own = all; own != NULL; own = own->next) {
        inherit(own);
        drop_notes(own);
        own->hooks.in_child(own->hooks.context);
        shard_header *header = shard_head(own);
        header->lost = own->on_heap;
        header->parent = (uint64_t)getppid();
        header->born = file_read_born();
        header->started = file_read_unix_ns();
        atomic_signal_fence(memory_order_seq_cst);
        header->pid = (uint64_t)getpid();
    }
    (void)pthread_mutex_unlock(&lock);
    errno = error;
}

static void
register_handlers(void)
{
    (void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

static void
follow_forks(shard *own)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, register_handlers);
    (void)pthread_mutex_lock(&lock);
    own->next = all;
    all = own;
    (void)pthread_mutex_unlock(&lock);
}

static void
leave_forks(shard *own)
{
    (void)pthread_mutex_lock(&lock);
    for (shard **link = &all; *link != NULL; link = &(*link)->next) {
        if (*link == own) {
            *link = own->next;
            break;
        }
    }
    (void)pthread_mutex_unlock(&lock);
}

/* -- A shard's life -----------------------------------------------------------------
 */

/* An absolute path: the program may change its folder. 0, or -1 with errno set. */
static int
set_path(shard *own, const char *path)
{
    size_t folder = 0;
    if (path[0] != '/') {
        if (getcwd(own->path, PATH_SIZE) == NULL) {
            return -1;
        }
        folder = strlen(own->path);
        own->path[folder++] = '/';
    }
    size_t length = strlen(path);
    if (folder + length >= PATH_SIZE) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(own->path + folder, path, length + 1);
    return 0;
}

/* Address space, less of it where that is limited; false with errno set. */
static bool
reserve(shard *own)
{
    for (size_t size = MOST_RESERVED; size >= LEAST_RESERVED; size /= 4) {
        void *base = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (base != MAP_FAILED) {
            own->base = base;
            own->reserved = size;
            return true;
        }
    }
    return false;
}

void
shard_read_boot(char boot[SHARD_BOOT_SIZE])
{
    file_read_text("/proc/sys/kernel/random/boot_id", boot, SHARD_BOOT_SIZE);
    boot[strcspn(boot, "\n")] = '\0';
}

static void
fill_header(shard *own)
{
    shard_header *header = shard_head(own);
    header->version = SHARD_VERSION;
    header->base = (uint64_t)(uintptr_t)own->base;
    header->used = own->used;
    header->pid = (uint64_t)getpid();
    header->parent = (uint64_t)getppid();
    header->born = file_read_born();
    header->started = file_read_unix_ns();
    shard_read_boot(header->boot);
}

shard *
shard_open(const char *path, const shard_fork_hooks *hooks)
{
    int file = -1, error;
    shard *own = calloc(1, sizeof(shard));
    if (own == NULL || set_path(own, path) < 0) {
        error = own == NULL ? ENOMEM : errno;
        free(own);
        errno = error;
        return NULL;
    }
    own->hooks = *hooks;
    own->room = STEP;
    own->used = SHARD_HEADER_SIZE;
    if ((file = file_make(own->path)) < 0) {
        goto error;
    }
    if (!file_extend(file, 0, STEP) || !reserve(own) || !map_part(own, file, 0, STEP)) {
        error = errno;
        (void)unlink(own->path);
        errno = error;
        goto error;
    }
    file_remember(own, file);
    close(file);
    fill_header(own);
    return own;

error:
    error = errno;
    if (file >= 0) {
        close(file);
    }
    if (own->base != NULL) {
        (void)munmap(own->base, own->reserved);
    }
    free(own);
    errno = error;
    return NULL;
}

void
shard_begin(shard *own)
{
    atomic_signal_fence(memory_order_seq_cst);
    memcpy(shard_head(own)->magic, SHARD_MAGIC, sizeof(SHARD_MAGIC));
    follow_forks(own);
}

void
shard_keep(shard *own)
{
    if (own != NULL) {
        own->kept = true;
    }
}

void
shard_close(shard *own)
{
    if (own != NULL) {
        leave_forks(own);
        (void)munmap(own->base, own->reserved);
        free(own);
    }
}

shard_header *
shard_head(shard *own)
{
    return (shard_header *)own->base;
}

/* -- Blocks -------------------------------------------------------------------------
 */

/* Room for `used` bytes; false if the file cannot have it, now or ever. */
static bool
grow(shard *own, size_t used)
{
    if (used <= own->room) {
        return true;
    }
    size_t room = round_up(used + own->room / 8, STEP);
    room = room < own->reserved ? room : own->reserved;
    if (own->full || used > room) {
        return false;
    }
    int error = errno;
    int file = file_reopen(own);
    bool grown = file >= 0 && file_extend(file, own->room, room) &&
                 map_part(own, file, own->room, room);
    if (file >= 0) {
        close(file);
    }
    errno = error;
    if (grown) {
        own->room = room;
    }
    own->full = !grown;
    return grown;
}

static shard_block **
spare_list(shard *own, size_t size)
{
    return &own->spare[size / SHARD_ALIGNMENT % SPARE_LISTS];
}

/* The next one of its list, in what a free block holds; all are large enough. */
static shard_block **
next_spare(shard_block *block)
{
    return (shard_block **)(block + 1);
}

/* Take a free block of just this size from its list; NULL if there is none. */
static shard_block *
take_spare(shard *own, size_t size)
{
    shard_block *before = NULL, *block = *spare_list(own, size);
    while (block != NULL && block->size != size) {
        before = block;
        block = *next_spare(block);
    }
    if (block != NULL) {
        if (before == NULL) {
            *spare_list(own, size) = *next_spare(block);
        }
        else {
            *next_spare(before) = *next_spare(block);
        }
        memset(block + 1, 0, size - sizeof(shard_block));
    }
    return block;
}

/* A block is there for readers as soon as it has its kind, and `used` counts it. */
static void *
alloc_in_file(shard *own, shard_kind kind, const void *owner, size_t size)
{
    size = round_up(sizeof(shard_block) + size, SHARD_ALIGNMENT);
    if (size > UINT32_MAX / 2) {
        return NULL;
    }
    shard_block *block = take_spare(own, size);
    bool fresh = block == NULL;
    if (fresh) {
        if (!grow(own, own->used + size)) {
            return NULL;
        }
        block = (shard_block *)(own->base + own->used);
    }
    block->size = (uint32_t)size;
    block->owner = (uint64_t)(uintptr_t)owner;
    atomic_thread_fence(memory_order_release);
    block->kind = kind;
    atomic_thread_fence(memory_order_release);
    if (fresh) {
        own->used += size;
        shard_head(own)->used = own->used;
    }
    return block + 1;
}

/* False if the memory is on the heap. */
static bool
free_in_file(shard *own, void *memory)
{
    char *address = memory;
    if (address < own->base || address >= own->base + own->reserved) {
        return false;
    }
    if (!own->kept) {
        shard_block *block = (shard_block *)memory - 1;
        assert(block->kind != SHARD_FREE);
        block->kind = SHARD_FREE;
        shard_block **list = spare_list(own, block->size);
        *next_spare(block) = *list;
        *list = block;
    }
    return true;
}

static void
count_lost(shard *own, size_t size)
{
    own->on_heap += size;
    shard_head(own)->lost = own->on_heap;
}

#endif

const char *
shard_path(const shard *own)
{
    return own == NULL ? "" : own->path;
}

void *
shard_alloc(shard *own, shard_kind kind, const void *owner, size_t size)
{
    void *memory = own == NULL ? NULL : alloc_in_file(own, kind, owner, size);
    if (memory == NULL) {
        memory = calloc(1, size);
        if (memory != NULL && own != NULL) {
            count_lost(own, size);
        }
    }
    return memory;
}

void
shard_free(shard *own, void *memory)
{
    if (memory != NULL && (own == NULL || !free_in_file(own, memory))) {
        free(memory);
    }
}

void
shard_put_text(shard *own, shard_kind kind, const void *owner, const char *text,
               size_t size)
{
    if (own == NULL) {
        return;
    }
    shard_text *kept = alloc_in_file(own, kind, owner, sizeof(shard_text) + size);
    if (kept == NULL) {
        count_lost(own, size);
        return;
    }
    memcpy(kept->text, text, size);
#ifndef _WIN32
    atomic_signal_fence(memory_order_seq_cst);
#endif
    kept->size = (uint32_t)size;
}
