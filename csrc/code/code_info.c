/* Lines and jumps of code objects; and for long ones, a table that stands in for
   LINE events.

   CPython (3.12 and 3.13, Python/instrumentation.c) tells of a line when an
   instruction that may start one follows an instruction of another line, or of none.
   Which may start one it finds out as initialize_lines() does here. What comes before
   an instruction is known as well: the one above it, jumps, handled exceptions. Only
   where those include another line does the order of execution matter, and only there
   an event is needed, to compare (recorder_arrive()). Two have no line then, whatever
   the table of lines says: RESUME, and an inline cache, which is where 3.12 leaves the
   caller of a Python function.

   Not followed: on 3.12 `x = a or b.c` is two hits once the interpreter has specialised
   it for a `c` that is a property written in Python, and `a or b[c]` for a __getitem__
   so written. No event tells of that; here it stays one hit. An exception that comes
   out of such a thing and is handled on its line begins the line again: that is
   followed, but our events put specialisation off by a round, and the hit with it. */

#include "code/code_info.h"

#include <string.h>

/* The interpreter keeps `line - first line - (unit >> 4)` of an instruction in a
   signed byte, the least values reserved (compute_line_delta()). */
#define LINE_ESTIMATE_SHIFT 4
#define LEAST_LINE_DELTA (TRUSTS_LINE_CHANGES ? -125 : -126)
#define GREATEST_LINE_DELTA 127

static int
read_line(PyObject *item)
{
    if (item == Py_None) {
        return 0;
    }
    int line = (int)PyLong_AsLong(item);
    return line > 0 ? line : 0;
}

/* Fill `line_of` from co_lines() and find first and last line. */
static int
scan_lines(PyCodeObject *code, code_info *info)
{
    int ret = -1;
    PyObject *lines = PyObject_CallMethod((PyObject *)code, "co_lines", NULL);
    PyObject *range = NULL;
    if (lines == NULL) {
        goto done;
    }
    info->first_line = info->last_line = code->co_firstlineno;
    if (info->first_line < 0) {
        info->first_line = info->last_line = 0;
    }
    while ((range = PyIter_Next(lines)) != NULL) {
        /* Without memory for a number, lineiter_next() of 3.11 returns the range that
           it has just freed: not ours to touch. */
        if (PyErr_Occurred()) {
            goto done;
        }
        Py_ssize_t start = PyLong_AsSsize_t(PyTuple_GET_ITEM(range, 0));
        Py_ssize_t end = PyLong_AsSsize_t(PyTuple_GET_ITEM(range, 1));
        int line = read_line(PyTuple_GET_ITEM(range, 2));
        Py_DECREF(range);
        if (line == 0) {
            continue;
        }
        if (line < info->first_line) {
            info->first_line = line;
        }
        if (line > info->last_line) {
            info->last_line = line;
        }
        start /= CODE_UNIT;
        end /= CODE_UNIT;
        for (Py_ssize_t unit = start; unit < end && unit < info->units; unit++) {
            info->line_of[unit] = line;
        }
    }
    ret = PyErr_Occurred() ? -1 : 0;
done:
    Py_XDECREF(lines);
    return ret;
}

#if HAVE_MONITORING

/* FOR_ITER and SEND skip the END_FOR or END_SEND they name, when they do not leave it
   to a generator to go there. */
static bool
skips_target(int opcode)
{
    return opcode == FOR_ITER || opcode == SEND;
}

/* Instructions that do not start a line by having another one than those above. */
static bool
continues_line(int opcode)
{
    return opcode == RESUME || opcode == END_FOR || opcode == END_SEND ||
           opcode == END_ASYNC_FOR;
}

static void
add_step(code_info *info, Py_ssize_t unit, int step)
{
    if (unit >= 0 && unit < info->units) {
        info->steps[unit] |= (unsigned char)step;
    }
}

static void
add_start(code_info *info, Py_ssize_t unit)
{
    if (unit >= 0 && unit < info->units && info->line_of[unit] != 0) {
        info->steps[unit] |= STEP_START;
    }
}

static void
add_target(code_info *info, Py_ssize_t unit)
{
    add_start(info, unit);
    if (unit < info->units) {
        info->steps[unit] &= (unsigned char)~STEP_ALWAYS;
    }
}

/* `unit` may be executed after an instruction of a line, 0 for none. */
static void
add_path(code_info *info, int line, Py_ssize_t unit)
{
    if (unit >= 0 && unit < info->units && info->line_of[unit] != line) {
        info->steps[unit] |= STEP_EVENT;
    }
}

/* Steps of an instruction's successors. */
static void
scan_paths(code_info *info, const code_instruction *ins)
{
    int line = ins->opcode == RESUME ? 0 : info->line_of[ins->unit];
    Py_ssize_t target = bytecode_target(ins);
    if (!bytecode_never_falls_through(ins->opcode)) {
        add_path(info, line, ins->next);
    }
    if (target >= 0) {
        add_path(info, line, target);
        add_target(info, target + skips_target(ins->opcode));
    }
    if (skips_target(ins->opcode)) {
        add_path(info, line, target + 1);
        add_path(info, line, target + 2);
    }
}

/* Behind the call of a Python function, an instruction that may be jumped to starts
   its line again: done by a CALL event, see source_monitor.c. */
static void
scan_call(code_info *info, const code_instruction *ins)
{
    if (CALL_LEAVES_LINE && ins->opcode == CALL && ins->next < info->units &&
        (info->steps[ins->next] & STEP_START)) {
        add_step(info, ins->next, STEP_EVENT);
        add_step(info, ins->unit, STEP_CALL);
    }
}

/* A loop within one line: its jumps back are hits. */
static void
scan_loop(code_info *info, const code_instruction *ins)
{
    Py_ssize_t target = bytecode_target(ins);
    int line = info->line_of[ins->unit];
    if (ins->opcode == JUMP_BACKWARD && line != 0 && target >= 0 &&
        info->line_of[target] == line) {
        info->same_line_jumps = true;
        if (info->steps != NULL) {
            add_step(info, ins->first, STEP_EVENT | STEP_REPEAT);
        }
    }
}

/* Can the interpreter find the line at a unit without reading the table of lines? */
static bool
is_fast(const PyCodeObject *code, Py_ssize_t unit, int line)
{
    Py_ssize_t delta = line - code->co_firstlineno - (unit >> LINE_ESTIMATE_SHIFT);
    return delta >= LEAST_LINE_DELTA && delta <= GREATEST_LINE_DELTA;
}

/* Lines that begin where the one above has ended. */
static void
scan_line_starts(const PyCodeObject *code, code_info *info, const unsigned char *bytes)
{
    int before = 0;
    code_instruction ins = {0};
    for (Py_ssize_t unit = code->_co_firsttraceable;
         bytecode_read(bytes, info->units, unit, &ins);
         unit = ins.next) {
        if (continues_line(ins.opcode)) {
            continue;
        }
        int line = info->line_of[unit];
        if (line != before && line != 0) {
            add_start(info, unit);
            if (TRUSTS_LINE_CHANGES && !is_fast(code, unit, line)) {
                add_step(info, unit, STEP_EVENT | STEP_ALWAYS);
            }
        }
        before = line;
    }
}

/* Exception handlers may start a line, whatever was executed last. */
static void
scan_handlers(const PyCodeObject *code, code_info *info, const unsigned char *bytes)
{
    const unsigned char *next =
        (const unsigned char *)PyBytes_AS_STRING(code->co_exceptiontable);
    const unsigned char *end = next + PyBytes_GET_SIZE(code->co_exceptiontable);
    handled_range range;
    while (bytecode_next_range(&next, end, &range)) {
        add_step(info, range.handler, STEP_EVENT);
        if (range.handler < info->units && bytes[2 * range.handler] != END_ASYNC_FOR) {
            add_start(info, range.handler);
            info->handlers |= info->line_of[range.handler] != 0;
        }
    }
}

static bool
has_slow_lines(const PyCodeObject *code, const code_info *info)
{
#ifdef LINEPROF_FORCE_INSTRUCTION
    return true;
#endif
    int before = 0;
    for (Py_ssize_t unit = 0; unit < info->units && !HAVE_FAST_LINES; unit++) {
        int line = info->line_of[unit];
        if (line != before && line != 0 && !is_fast(code, unit, line)) {
            return true;
        }
        before = line;
    }
    return false;
}

static void
scan_steps(const PyCodeObject *code, code_info *info, const unsigned char *bytes)
{
    code_instruction ins = {0};
    scan_line_starts(code, info, bytes);
    scan_handlers(code, info, bytes);
    for (Py_ssize_t unit = code->_co_firsttraceable;
         bytecode_read(bytes, info->units, unit, &ins);
         unit = ins.next) {
        scan_paths(info, &ins);
    }
    for (Py_ssize_t unit = 0; bytecode_read(bytes, info->units, unit, &ins);
         unit = ins.next) {
        scan_call(info, &ins);
    }
}

/* Leave only those lines that count when an instruction comes next. */
static void
hide_lines(code_info *info, const unsigned char *bytes)
{
    for (Py_ssize_t unit = 0; unit < info->units; unit++) {
        int opcode = bytes[2 * unit];
        if (opcode == CACHE || opcode == RESUME) {
            info->line_of[unit] = 0;
        }
    }
}

/* Find first_offset. The first line must not be that of RESUME: an event of that is
   told only while RESUME is instrumented (cpython#155992). */
static void
scan_first_line(code_info *info, const unsigned char *bytes)
{
    Py_ssize_t first = -1;
    code_instruction ins = {0};
    for (Py_ssize_t unit = 0; bytecode_read(bytes, info->units, unit, &ins);
         unit = ins.next) {
        int line = ins.next < info->units ? info->line_of[ins.next] : 0;
        if (first < 0 && ins.opcode == RESUME) {
            if (ins.oparg != 0 || line == 0 || line == info->line_of[ins.unit]) {
                return;
            }
            first = ins.next;
        }
        else if (first >= 0 && bytecode_target(&ins) == first) {
            return;
        }
    }
    info->first_offset = (int)(first < 0 ? -1 : first * CODE_UNIT);
}

static int
scan_instructions(PyCodeObject *code, code_info *info)
{
    int ret = -1;
    PyObject *raw = PyCode_GetCode(code);
    if (raw == NULL) {
        return -1;
    }
    const unsigned char *bytes = (const unsigned char *)PyBytes_AS_STRING(raw);
    info->slow_lines = has_slow_lines(code, info);
    if (info->slow_lines) {
        info->steps = PyMem_Calloc((size_t)info->units + 1, 1);
        if (info->steps == NULL) {
            PyErr_NoMemory();
            goto done;
        }
        scan_steps(code, info, bytes);
    }
    code_instruction ins = {0};
    for (Py_ssize_t unit = 0; bytecode_read(bytes, info->units, unit, &ins);
         unit = ins.next) {
        scan_loop(info, &ins);
    }
    if (info->slow_lines) {
        hide_lines(info, bytes);
    }
    else {
        scan_first_line(info, bytes);
    }
    ret = 0;
done:
    Py_DECREF(raw);
    return ret;
}

#else

static int
scan_instructions(PyCodeObject *Py_UNUSED(code), code_info *Py_UNUSED(info))
{
    return 0;
}

#endif

static void
scan_names(PyCodeObject *code, code_info *info)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names); i++) {
        PyObject *name = PyTuple_GET_ITEM(code->co_names, i);
        if (PyUnicode_CompareWithASCIIString(name, "settrace") == 0) {
            info->names_settrace = true;
        }
        if (PyUnicode_CompareWithASCIIString(name, "breakpoint") == 0 ||
            PyUnicode_CompareWithASCIIString(name, "set_trace") == 0 ||
            PyUnicode_CompareWithASCIIString(name, "f_trace_opcodes") == 0) {
            info->names_debugger = true;
        }
    }
}

static int
scan_kinds(PyCodeObject *code, code_info *info)
{
    PyObject *bytes = PyCode_GetCode(code);
    if (bytes == NULL) {
        return -1;
    }
    info->kinds = PyMem_Calloc((size_t)(info->last_line - info->first_line) + 1, 1);
    if (info->kinds == NULL) {
        PyErr_NoMemory();
    }
    else {
        line_cost_fill(info->kinds,
                      info->first_line,
                      code,
                      (const unsigned char *)PyBytes_AS_STRING(bytes),
                      info->line_of,
                      info->units);
    }
    Py_DECREF(bytes);
    return info->kinds == NULL ? -1 : 0;
}

int
code_info_scan(PyCodeObject *code, code_info *info)
{
    memset(info, 0, sizeof(*info));
    info->units = Py_SIZE(code);
    info->first_offset = -1;
    info->line_of = PyMem_Calloc((size_t)info->units + 1, sizeof(int32_t));
    if (info->line_of == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    scan_names(code, info);
    if (scan_lines(code, info) < 0 || scan_kinds(code, info) < 0 ||
        scan_instructions(code, info) < 0) {
        code_info_free(info);
        return -1;
    }
    if (!info->same_line_jumps && !info->slow_lines) {
        PyMem_Free(info->line_of);
        info->line_of = NULL;
    }
    return 0;
}

void
code_info_free(code_info *info)
{
    PyMem_Free(info->line_of);
    PyMem_Free(info->steps);
    PyMem_Free(info->kinds);
    info->line_of = NULL;
    info->steps = NULL;
    info->kinds = NULL;
}
