/* What has to be known of a code object before it is measured. Everything is found in
   passes that are linear in the size of the code. */

#ifndef LINEPROF_CODE_CODE_INFO_H
#define LINEPROF_CODE_CODE_INFO_H

#include "code/bytecode.h"
#include "code/line_cost.h"

typedef struct {
    int first_line;       /* least and ... */
    int last_line;        /* ... greatest line it has, the def line included */
    bool same_line_jumps; /* a loop within one line: LINE events do not see it */
    bool names_settrace;  /* it may replace the thread's trace function */
    bool resumable;       /* of a generator or coroutine */
    Py_ssize_t units;     /* size of the code, code units */
    int32_t *line_of;     /* owned, by code unit: its line, 0 if it has none */
    unsigned char *kinds; /* owned, by line - first_line: see line_cost.h */
    int first_offset; /* byte offset where each frame of the code arrives at its first
                         line, once and by a LINE event, although nobody listens to
                         PY_START; -1: there is no such place */
    int start_line;   /* line of that place, if nothing that is executed later has it;
                         0: there is no such line */
} code_info;

/* 0, or -1 with an exception set and nothing to free. */
int code_info_scan(PyCodeObject *code, code_info *info);

void code_info_free(code_info *info);

/* Whether an instruction is a jump back to its own line: arriving there is a hit, of
   which no LINE event tells. */
bool code_info_jumps_within_line(const code_info *info, const code_instruction *ins);

/* Line of the instruction at a byte offset, 0 if it has none. */
static inline int
code_info_line(const code_info *info, Py_ssize_t offset)
{
    Py_ssize_t unit = offset / CODE_UNIT;
    return unit >= 0 && unit < info->units ? info->line_of[unit] : 0;
}

#endif
