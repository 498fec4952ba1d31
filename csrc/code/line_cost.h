/* What measuring a line costs beyond its event.

   A hook slows down more than the moment of its event. On 3.11 a traced frame runs
   every instruction unspecialised and by a detour: the cost of a line grows with its
   instructions. From 3.12 on an instruction with an event is not specialised: this
   slows down heads of loops, and lines that begin with an instruction that could be
   specialised. Each event comes with the line's number, which is an object: CPython
   keeps those of small numbers, and makes others anew each time. The recorder adds a
   cost to each hit by the kind of its line; lineprof/measure/calibration.py measures
   it. */

#ifndef LINEPROF_CODE_LINE_COST_H
#define LINEPROF_CODE_LINE_COST_H

#include "base/compat.h"

#define LINE_KINDS 256

#if HAVE_EVALGATE
/* A kind is the number of instructions a hit executes, at most LINE_KINDS - 2; what was
   specialised counts for more. */
#define LINE_KIND_MEANING "instructions"

/* Or this, if the frame always ends in the line: it goes on untraced, see
   trace/py311/gate.h. */
#define LINE_KIND_END (LINE_KINDS - 1)
#else
/* Kinds are LINE_KIND_*. */
#define LINE_KIND_MEANING "first instruction"
#endif

enum {
    LINE_KIND_PLAIN,
    LINE_KIND_SPECIAL, /* begins with an instruction that could be specialised */
    LINE_KIND_LOOP,    /* has the head of a loop */
    LINE_KIND_FAR = 4, /* with one of these: the line has a large number */
};

/* Fill `kinds`, zeros, by line - first_line up to last_line, from a code object, its
   bytes and the lines of its code units. */
void line_cost_fill(unsigned char *kinds, int first_line, int last_line,
                    const PyCodeObject *code, const unsigned char *bytes,
                    const int32_t *line_of, Py_ssize_t units);

#endif
