/* Reading the instructions of a code object, as PyCode_GetCode() gives them. */

#ifndef LINEPROF_CODE_BYTECODE_H
#define LINEPROF_CODE_BYTECODE_H

#include "base/compat.h"

/* Bytes of a code unit: opcode and argument, on every Python since 3.6. */
#define CODE_UNIT 2

/* An instruction with its EXTENDED_ARGs and inline caches. */
typedef struct {
    Py_ssize_t first; /* unit where it begins, and where it gets its event */
    Py_ssize_t unit;  /* of its opcode */
    Py_ssize_t next;  /* unit behind it */
    int opcode;
    Py_ssize_t oparg;
} code_instruction;

/* Read the instruction at unit `first` of so many units; false at the end of the code.
 */
bool bytecode_read(const unsigned char *bytes, Py_ssize_t units, Py_ssize_t first,
                   code_instruction *ins);

/* Unit that an instruction may jump to, -1 if it does not. */
Py_ssize_t bytecode_target(const code_instruction *ins);

/* Whether the instruction behind it never comes next. */
bool bytecode_never_falls_through(int opcode);

/* Range of instructions and its handler; units. */
typedef struct {
    Py_ssize_t start, end, handler;
} handled_range;

/* Read the next entry of a code object's table of exceptions, from `next`; false at the
   end (format: CPython, Objects/exception_handling_notes.txt). */
bool bytecode_next_range(const unsigned char **next, const unsigned char *end,
                         handled_range *range);

#endif
