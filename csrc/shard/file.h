/* Files of shards, and what the system says of this process. No Python, and nothing
   that the child of a fork must not call. Not on Windows. */

#ifndef LINEPROF_SHARD_FILE_H
#define LINEPROF_SHARD_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Write all of it; false with errno set if it could not be. */
bool file_write(int file, const char *data, size_t size, size_t offset);

/* Have the disk hold bytes from `from`, the end of the file, up to `to`; false with
   errno set. They are written, since memory that is mapped from a file with holes ends
   the program when the disk is full. A limit on the size of files is heeded beforehand:
   to reach it sends a signal. */
bool file_extend(int file, size_t from, size_t to);

/* Descriptor of a new file; -1 with errno set. */
int file_make(const char *path);

/* The text of a small file, "" if it cannot be read. */
void file_read_text(const char *path, char *text, size_t size);

/* The moment this process began, in a unit of the system's; 0: unknown. */
uint64_t file_read_born(void);

/* Now, in ns since 1970. */
uint64_t file_read_unix_ns(void);

#endif
