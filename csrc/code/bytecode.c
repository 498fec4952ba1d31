#include "code/bytecode.h"

bool
bytecode_read(const unsigned char *bytes, Py_ssize_t units, Py_ssize_t first,
              code_instruction *ins)
{
    Py_ssize_t unit = first;
    Py_ssize_t oparg = 0;
    while (unit < units && bytes[2 * unit] == EXTENDED_ARG) {
        oparg = (oparg | bytes[2 * unit + 1]) << 8;
        unit++;
    }
    if (unit >= units) {
        return false;
    }
    ins->first = first;
    ins->unit = unit;
    ins->opcode = bytes[2 * unit];
    ins->oparg = oparg | bytes[2 * unit + 1];
    ins->next = unit + 1;
    while (ins->next < units && bytes[2 * ins->next] == CACHE) {
        ins->next++;
    }
    return true;
}

Py_ssize_t
bytecode_target(const code_instruction *ins)
{
    switch (ins->opcode) {
    case JUMP_BACKWARD:
    case JUMP_BACKWARD_NO_INTERRUPT:
#ifdef POP_JUMP_BACKWARD_IF_TRUE /* 3.11 */
    case POP_JUMP_BACKWARD_IF_TRUE:
    case POP_JUMP_BACKWARD_IF_FALSE:
    case POP_JUMP_BACKWARD_IF_NONE:
    case POP_JUMP_BACKWARD_IF_NOT_NONE:
#endif
        return ins->next - ins->oparg;
    case FOR_ITER:
    case SEND:
    case JUMP_FORWARD:
#ifdef POP_JUMP_FORWARD_IF_TRUE /* 3.11 */
    case POP_JUMP_FORWARD_IF_TRUE:
    case POP_JUMP_FORWARD_IF_FALSE:
    case POP_JUMP_FORWARD_IF_NONE:
    case POP_JUMP_FORWARD_IF_NOT_NONE:
    case JUMP_IF_TRUE_OR_POP:
    case JUMP_IF_FALSE_OR_POP:
#else
    case POP_JUMP_IF_TRUE:
    case POP_JUMP_IF_FALSE:
    case POP_JUMP_IF_NONE:
    case POP_JUMP_IF_NOT_NONE:
#endif
        return ins->next + ins->oparg;
    default:
        return -1;
    }
}

bool
bytecode_never_falls_through(int opcode)
{
    switch (opcode) {
    case JUMP_FORWARD:
    case JUMP_BACKWARD:
    case JUMP_BACKWARD_NO_INTERRUPT:
    case RETURN_VALUE:
#ifdef RETURN_CONST
    case RETURN_CONST:
#endif
    case RAISE_VARARGS:
    case RERAISE:
        return true;
    default:
        return false;
    }
}

static Py_ssize_t
read_varint(const unsigned char **next, const unsigned char *end)
{
    Py_ssize_t value = 0;
    unsigned char byte = 0x40;
    while ((byte & 0x40) && *next < end) {
        byte = *(*next)++;
        value = value << 6 | (byte & 0x3f);
    }
    return value;
}

bool
bytecode_next_range(const unsigned char **next, const unsigned char *end,
                    handled_range *range)
{
    if (*next >= end) {
        return false;
    }
    range->start = read_varint(next, end);
    range->end = range->start + read_varint(next, end);
    range->handler = read_varint(next, end);
    (void)read_varint(next, end); /* depth and lasti */
    return true;
}
