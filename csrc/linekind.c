#include "linekind.h"

#if HAVE_MONITORING

void
linekind_fill(unsigned char *kinds, int first_line, const unsigned char *bytes,
              const int32_t *line_of, Py_ssize_t units)
{
    int before = 0;
    for (Py_ssize_t unit = 0; unit < units; unit++) {
        int line = line_of[unit], opcode = bytes[2 * unit];
        if (line == 0) {
            continue;
        }
        unsigned char *kind = &kinds[line - first_line];
        /* What can be specialised has inline caches behind it. */
        bool special = unit + 1 < units && bytes[2 * unit + 2] == CACHE;
        if (opcode == FOR_ITER) {
            *kind = LINE_KIND_LOOP;
        }
        else if (line != before && special && *kind == LINE_KIND_PLAIN) {
            *kind = LINE_KIND_SPECIAL;
        }
        before = line;
    }
}

#else

void
linekind_fill(unsigned char *kinds, int first_line, const unsigned char *bytes,
              const int32_t *line_of, Py_ssize_t units)
{
    for (Py_ssize_t unit = 0; unit < units; unit++) {
        if (line_of[unit] == 0 || bytes[2 * unit] == CACHE) {
            continue;
        }
        unsigned char *kind = &kinds[line_of[unit] - first_line];
        if (*kind < LINE_KINDS - 1) {
            ++*kind;
        }
    }
}

#endif
