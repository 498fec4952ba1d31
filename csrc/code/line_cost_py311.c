/* Python 3.11: a traced frame runs every instruction unspecialised and by a detour. */

#include "code/line_cost.h"

#include "code/bytecode.h"

#if HAVE_EVALGATE

/* What losing its specialisation adds to an instruction, in plain instructions;
   measured with CPython 3.11 on operands of the built-in types. */
static const unsigned char extra[256] = {
    [BINARY_OP] = 1,   [BINARY_SUBSCR] = 1, [STORE_SUBSCR] = 1,
    [LOAD_GLOBAL] = 2, [LOAD_ATTR] = 3,     [CALL] = 3,
    [STORE_ATTR] = 4,  [LOAD_METHOD] = 5,   [UNPACK_SEQUENCE] = 7,
};

/* Lines of handled instructions are not the last ones. */
static void
exclude_handled(unsigned char *kinds, int first_line, const PyCodeObject *code,
                const int32_t *line_of, Py_ssize_t units)
{
    const unsigned char *next =
        (const unsigned char *)PyBytes_AS_STRING(code->co_exceptiontable);
    const unsigned char *end = next + PyBytes_GET_SIZE(code->co_exceptiontable);
    handled_range range;
    while (bytecode_next_range(&next, end, &range)) {
        for (Py_ssize_t unit = range.start; unit < range.end && unit < units; unit++) {
            if (line_of[unit] != 0) {
                kinds[line_of[unit] - first_line] = 0;
            }
        }
    }
}

/* Mark lines after which the frame always ends: no instruction of another line or of
   none comes next, no handler, no jump back. */
static void
mark_ends(unsigned char *kinds, int first_line, const PyCodeObject *code,
          const unsigned char *bytes, const int32_t *line_of, Py_ssize_t units)
{
    if (code->co_flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)) {
        return;
    }
    for (Py_ssize_t unit = 0; unit < units; unit++) {
        if (line_of[unit] != 0) {
            kinds[line_of[unit] - first_line] = LINE_KIND_END;
        }
    }
    exclude_handled(kinds, first_line, code, line_of, units);
    code_instruction ins = {0};
    for (Py_ssize_t unit = 0; bytecode_read(bytes, units, unit, &ins);
         unit = ins.next) {
        int line = line_of[ins.unit];
        Py_ssize_t target = bytecode_target(&ins);
        bool goes_on = !bytecode_never_falls_through(ins.opcode) &&
                       (ins.next >= units || line_of[ins.next] != line);
        bool jumps = target >= 0 && (target <= ins.first || target >= units ||
                                     line_of[target] != line);
        if (line != 0 && (goes_on || jumps)) {
            kinds[line - first_line] = 0;
        }
    }
}

void
line_cost_fill(unsigned char *kinds, int first_line, int Py_UNUSED(last_line),
               const PyCodeObject *code, const unsigned char *bytes,
               const int32_t *line_of, Py_ssize_t units)
{
    mark_ends(kinds, first_line, code, bytes, line_of, units);
    int before = 0, head = 0;
    bool behind = false; /* the loop, again in the line of its head */
    for (Py_ssize_t unit = 0; unit < units; unit++) {
        int line = line_of[unit], opcode = bytes[2 * unit];
        if (line == 0 || opcode == CACHE) {
            continue;
        }
        if (line != before) {
            behind = line == head;
        }
        unsigned char *kind = &kinds[line - first_line];
        if (opcode == FOR_ITER) {
            /* Nearly all hits of a loop's head begin here. */
            *kind = 0;
            head = line;
            behind = false;
        }
        if (!behind && *kind != LINE_KIND_END) {
            int sum = *kind + 1 + extra[opcode];
            *kind = (unsigned char)(sum < LINE_KIND_END ? sum : LINE_KIND_END - 1);
        }
        before = line;
    }
}

#endif
