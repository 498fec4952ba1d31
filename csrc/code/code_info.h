/* What an event source has to know about a code object before it watches it.

   Everything is found in one pass, linear in the size of the code. */

#ifndef LINEPROF_CODE_CODE_INFO_H
#define LINEPROF_CODE_CODE_INFO_H

#include "code/bytecode.h"
#include "code/line_cost.h"

typedef struct {
    int first_line;       /* least and ... */
    int last_line;        /* ... greatest line it has, the def line included */
    bool same_line_jumps; /* a loop within one line: LINE events do not see it */
    bool names_settrace;  /* it may replace the thread's trace function */
    bool names_debugger; /* it may call one, which asks for its frame's opcode events */
    bool slow_lines;     /* the interpreter looks some of its lines up in O(n) */
    Py_ssize_t units;    /* size of the code, code units */
    int32_t *line_of;    /* owned, by code unit: its line, 0 if it has none; NULL unless
                            one of the two flags above is set. With slow_lines, 0 as
                            well where CPython forgets it when the next line begins */
    unsigned char *steps; /* owned, by code unit: STEP_* below; only with slow_lines */
    unsigned char *kinds; /* owned, by line - first_line: see line_cost.h */
    bool handlers;        /* `steps` has lines that begin at an exception handler */
    int first_offset; /* byte offset where each frame of the code arrives at its first
                         line, once and by a LINE event, although nobody listens to
                         PY_START; -1: there is no such place */
} code_info;

/* Bits of `steps`: what executing the instruction there means. */
enum {
    STEP_EVENT = 1,  /* another line than that of an instruction it may come after */
    STEP_START = 2,  /* if so, its line is arrived at */
    STEP_ALWAYS = 4, /* or even if not */
    STEP_REPEAT = 8, /* a jump back within its line: the line again */
    STEP_CALL = 16,  /* calling a Python function leaves the line */
};

/* 0, or -1 with an exception set and nothing to free. */
int
code_info_scan(PyCodeObject *code, code_info *info);

void
code_info_free(code_info *info);

/* Line of the instruction at a byte offset, 0 if it has none. */
static inline int
code_info_line(const code_info *info, Py_ssize_t offset)
{
    Py_ssize_t unit = offset / CODE_UNIT;
    return unit >= 0 && unit < info->units ? info->line_of[unit] : 0;
}

#endif
