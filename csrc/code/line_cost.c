#include "code/line_cost.h"

#if HAVE_MONITORING

static bool
is_kept(long number)
{
    PyObject *one = PyLong_FromLong(number), *other = PyLong_FromLong(number);
    bool kept = one != NULL && one == other;
    Py_XDECREF(one);
    Py_XDECREF(other);
    PyErr_Clear();
    return kept;
}

/* The largest line whose number CPython keeps: 256, and more from 3.15 on. */
static int
last_near_line(void)
{
    int last = 256;
    while (last < (1 << 16) && is_kept(2 * last)) {
        last *= 2;
    }
    return last;
}

void
line_cost_fill(unsigned char *kinds, int first_line, int last_line,
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
    for (int line = last_line, near = last_near_line();
         line > near && line >= first_line; line--) {
        kinds[line - first_line] |= LINE_KIND_FAR;
    }
}

#endif
