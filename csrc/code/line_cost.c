#include "code/line_cost.h"

#if HAVE_MONITORING

void
line_cost_fill(unsigned char *kinds, int first_line,
               const PyCodeObject *Py_UNUSED(code), const unsigned char *bytes,
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

#endif
