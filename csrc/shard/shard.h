/* A shard: memory for numbers that outlive their process. No Python.

   The memory is a file, mapped shared. What is written there is in the system's cache
   at once, and stays, whatever ends the process. Without a shard memory comes from the
   heap, and so it does when the file cannot grow.

   The file is a header, and blocks one after another: a block never moves, and is only
   ever reused for one of the same size. So a reader walks all blocks without following
   a pointer. A pointer in a block is an address of the process; less `base`, it is an
   offset in the file.

   After a fork the child has a file of its own at the same addresses. */

#ifndef LINEPROF_SHARD_SHARD_H
#define LINEPROF_SHARD_SHARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHARD_MAGIC "LPSHARD"
#define SHARD_VERSION 1 /* to be raised when a structure in a block changes */
#define SHARD_ALIGNMENT 16
#define SHARD_BOOT_SIZE 40
#define SHARD_HEADER_SIZE 512 /* offset of the first block */
#define SHARD_MOST_TEXT (64 * 1024)

typedef enum {
    SHARD_FREE,  /* for its process only */
    SHARD_NOTE,  /* shard_text */
    SHARD_ABOUT, /* shard_text; owner: whom it is about, an identity */
    SHARD_THREAD,
    SHARD_STACK,    /* owner: its thread */
    SHARD_FUNCTION, /* owner: its thread */
    SHARD_LINES,    /* owner: its function */
    SHARD_EDGE,     /* owner: its cell in lines */
    SHARD_KINDS,
} shard_kind;

typedef struct {
    uint32_t kind;  /* shard_kind */
    uint32_t size;  /* bytes, this header included; a multiple of the alignment */
    uint64_t owner; /* see above */
} shard_block;

typedef struct {
    uint32_t size; /* of text; 0: it is not complete */
    char text[];
} shard_text;

typedef struct {
    char magic[8]; /* written last */
    uint32_t version;
    uint32_t layout;      /* tells apart machines whose structures differ */
    uint64_t base;        /* address of this header in its process */
    uint64_t used;        /* bytes of the file, header included */
    uint64_t lost;        /* bytes of blocks that are on the heap */
    uint64_t pid;         /* 0: not begun, and the numbers are another's */
    uint64_t parent;      /* pid */
    uint64_t born;        /* when the process began, as /proc tells; 0: unknown */
    uint64_t started;     /* when the numbers began, unix ns ... */
    uint64_t start_ticks; /* ... and in ticks; 0: its clock tells no time of day */
    uint64_t clock_ticks; /* clock_state.start_ticks, ... */
    uint64_t clock_ns;    /* ... start_ns */
    uint32_t clock_kind;  /* ... and kind */
    uint32_t reserved;
    double tick; /* seconds, as measured when the file was made */
    char clock[16];
    char core[16];
    char boot[SHARD_BOOT_SIZE]; /* identity of the system's run; "": unknown */
} shard_header;

/* What is called at a fork. Neither may fail, `in_child` allocate nothing. */
typedef struct {
    void (*before)(void *context);
    void (*in_child)(void *context); /* numbers are to begin at zero */
    void *context;                   /* borrowed */
} shard_fork_hooks;

typedef struct shard shard;

/* Make a file, which must not exist. NULL with errno set; ENOSYS: there are no shards
   on this system. Followed by shard_begin(). */
shard *shard_open(const char *path, const shard_fork_hooks *hooks);

/* The header is complete: readers may come, and forks are followed. */
void shard_begin(shard *own);

/* Release the memory; what is in the file stays. All blocks on the heap must have been
   freed. NULL is fine. */
void shard_close(shard *own);

/* Identity of the run of this system; "": unknown. */
void shard_read_boot(char boot[SHARD_BOOT_SIZE]);

/* From now on shard_free() leaves blocks in the file as they are. NULL is fine. */
void shard_keep(shard *own);

shard_header *shard_head(shard *own);

/* Of the file; "" if the numbers are on the heap, as after a fork for which no file
   could be made. */
const char *shard_path(const shard *own);

/* A zeroed block; NULL if memory is short. A shard of NULL stands for the heap. */
void *shard_alloc(shard *own, shard_kind kind, const void *owner, size_t size);

/* NULL memory is fine. */
void shard_free(shard *own, void *memory);

/* Keep a text, unless it has no room in the file or own is NULL. */
void shard_put_text(shard *own, shard_kind kind, const void *owner, const char *text,
                    size_t size);

#endif
