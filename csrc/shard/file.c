#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* O_NOFOLLOW */
#endif

#include "shard/file.h"

#ifndef _WIN32

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

bool
file_write(int file, const char *data, size_t size, size_t offset)
{
    while (size > 0) {
        ssize_t written = pwrite(file, data, size, (off_t)offset);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        data += written;
        size -= (size_t)written;
        offset += (size_t)written;
    }
    return true;
}

bool
file_extend(int file, size_t from, size_t to)
{
    static const char zeros[16 * 1024];
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        limit.rlim_cur < to) {
        errno = EFBIG;
        return false;
    }
    while (from < to) {
        size_t size = to - from < sizeof(zeros) ? to - from : sizeof(zeros);
        if (!file_write(file, zeros, size, from)) {
            return false;
        }
        from += size;
    }
    return true;
}

int
file_make(const char *path)
{
    return open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

void
file_read_text(const char *path, char *text, size_t size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = file < 0 ? -1 : read(file, text, size - 1);
    text[count > 0 ? count : 0] = '\0';
    if (file >= 0) {
        close(file);
    }
}

uint64_t
file_read_born(void)
{
    char text[1024];
    file_read_text("/proc/self/stat", text, sizeof(text));
    const char *field = strrchr(text, ')'); /* end of the 2nd */
    for (int i = 2; i < 22 && field != NULL; i++) {
        field = strchr(field + 1, ' ');
    }
    uint64_t born = 0;
    for (field += field != NULL; field != NULL && *field >= '0' && *field <= '9';) {
        born = 10 * born + (uint64_t)(*field++ - '0');
    }
    return born;
}

uint64_t
file_read_unix_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
