#include "codeinfo.h"

#include <string.h>

/* Inline cache entries behind a jump, at the most. Jump targets are relative to
   the end of those; taking each number into account marks a unit or two too
   many, which the run-time check of the open line makes good. */
#define MOST_JUMP_CACHES 2

/* The interpreter keeps `line - first line - (unit >> 4)` of a line start in a
   signed byte, -128 and -127 reserved (CPython 3.12, Python/instrumentation.c,
   compute_line). */
#define LINE_ESTIMATE_SHIFT 4
#define LEAST_LINE_DELTA (-126)
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
        Py_ssize_t start = PyLong_AsSsize_t(PyTuple_GET_ITEM(range, 0));
        Py_ssize_t end = PyLong_AsSsize_t(PyTuple_GET_ITEM(range, 1));
        int line = read_line(PyTuple_GET_ITEM(range, 2));
        Py_DECREF(range);
        if (PyErr_Occurred()) {
            goto done;
        }
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

static bool
is_backward_jump(int opcode)
{
    return opcode == JUMP_BACKWARD || opcode == JUMP_BACKWARD_NO_INTERRUPT;
}

static bool
is_forward_jump(int opcode)
{
    switch (opcode) {
    case FOR_ITER:
    case SEND:
    case JUMP_FORWARD:
    case POP_JUMP_IF_TRUE:
    case POP_JUMP_IF_FALSE:
    case POP_JUMP_IF_NONE:
    case POP_JUMP_IF_NOT_NONE:
        return true;
    default:
        return false;
    }
}

static void
mark_arrival(code_info *info, Py_ssize_t unit)
{
    if (unit >= 0 && unit < info->units && info->line_of[unit] != 0 &&
        info->arrivals != NULL) {
        info->arrivals[unit] |= ARRIVAL_LINE;
    }
}

/* Look at a jump: does it stay within its line, where does it lead? `first` is where
   its EXTENDED_ARGs begin, which is where it is executed. */
static void
scan_jump(code_info *info, int opcode, Py_ssize_t oparg, Py_ssize_t first,
          Py_ssize_t unit)
{
    bool backward = is_backward_jump(opcode);
    for (int caches = 0; caches <= MOST_JUMP_CACHES; caches++) {
        Py_ssize_t target = unit + 1 + caches + (backward ? -oparg : oparg);
        if (target < 0 || target >= info->units) {
            continue;
        }
        mark_arrival(info, target);
        if (opcode == JUMP_BACKWARD && info->line_of[unit] != 0 &&
            info->line_of[target] == info->line_of[unit]) {
            info->same_line_jumps = true;
            if (info->arrivals != NULL && caches == JUMP_BACKWARD_CACHES) {
                info->arrivals[first] |= ARRIVAL_REPEAT;
            }
        }
    }
}

/* Instructions that CPython never takes for the start of a line. */
static bool
never_starts_line(int opcode)
{
    return opcode == RESUME || opcode == END_FOR || opcode == END_SEND ||
           opcode == END_ASYNC_FOR;
}

/* The first instruction of a function starts a line even where RESUME has that
   line as well. */
static void
scan_special(code_info *info, const unsigned char *bytes)
{
    Py_ssize_t call = -1; /* the last instruction, if it is a call */
    for (Py_ssize_t unit = 0; unit < info->units; unit++) {
        int opcode = bytes[2 * unit];
        if (opcode == CACHE) {
            continue;
        }
        if (opcode == RERAISE && bytes[2 * unit + 1] != 0) {
            /* The frame goes back to where the exception was raised. */
            info->arrivals[unit] = ARRIVAL_NO_GAP;
        }
        else if (opcode == END_ASYNC_FOR && ASYNC_FOR_LEAVES_GAP) {
            info->arrivals[unit] = ARRIVAL_GAP;
            mark_arrival(info, unit + 1);
        }
        else if (never_starts_line(opcode)) {
            info->arrivals[unit] = info->line_of[unit] ? ARRIVAL_NO_GAP : ARRIVAL_GAP;
        }
        else if (info->line_of[unit] == 0) {
            info->arrivals[unit] = ARRIVAL_GAP;
        }
        else if (unit > 0 && bytes[2 * unit - 2] == RESUME &&
                 bytes[2 * unit - 1] == 0) {
            mark_arrival(info, unit);
        }
        else if (call >= 0 && (info->arrivals[unit] & ARRIVAL_LINE) &&
                 info->line_of[unit] == info->line_of[call]) {
            info->arrivals[call] |= ARRIVAL_CALL;
        }
        call = opcode == CALL ? unit : -1;
    }
}

static void
scan_jumps(code_info *info, const unsigned char *bytes)
{
    Py_ssize_t oparg = 0, first = 0;
    for (Py_ssize_t unit = 0; unit < info->units; unit++) {
        int opcode = bytes[2 * unit];
        oparg = oparg << 8 | bytes[2 * unit + 1];
        if (opcode == EXTENDED_ARG) {
            continue;
        }
        if (is_backward_jump(opcode) || is_forward_jump(opcode)) {
            scan_jump(info, opcode, oparg, first, unit);
        }
        oparg = 0;
        first = unit + 1;
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

/* Exception handlers begin a line for whoever jumps there (format: CPython,
   Objects/exception_handling_notes.txt). */
static void
scan_handlers(PyCodeObject *code, code_info *info)
{
    const unsigned char *next =
        (const unsigned char *)PyBytes_AS_STRING(code->co_exceptiontable);
    const unsigned char *end = next + PyBytes_GET_SIZE(code->co_exceptiontable);
    while (next < end) {
        (void)read_varint(&next, end); /* start */
        (void)read_varint(&next, end); /* length */
        mark_arrival(info, read_varint(&next, end));
        (void)read_varint(&next, end); /* depth and lasti */
    }
}

static void
scan_line_starts(PyCodeObject *code, code_info *info)
{
    int before = 0;
    for (Py_ssize_t unit = 0; unit < info->units; unit++) {
        int line = info->line_of[unit];
        if (line != before && line != 0) {
            mark_arrival(info, unit);
            Py_ssize_t delta =
                line - code->co_firstlineno - (unit >> LINE_ESTIMATE_SHIFT);
            if (delta < LEAST_LINE_DELTA || delta > GREATEST_LINE_DELTA) {
                info->slow_lines = !HAVE_FAST_LINES;
            }
        }
        before = line;
    }
}

static int
scan_instructions(PyCodeObject *code, code_info *info)
{
    PyObject *bytes = PyCode_GetCode(code);
    if (bytes == NULL) {
        return -1;
    }
    const unsigned char *raw = (const unsigned char *)PyBytes_AS_STRING(bytes);
    scan_line_starts(code, info);
#ifdef LINEPROF_FORCE_INSTRUCTION
    info->slow_lines = true;
#endif
    if (info->slow_lines) {
        info->arrivals = PyMem_Calloc((size_t)info->units + 1, 1);
        if (info->arrivals == NULL) {
            Py_DECREF(bytes);
            PyErr_NoMemory();
            return -1;
        }
        scan_line_starts(code, info);
        scan_handlers(code, info);
    }
    scan_jumps(info, raw);
    if (info->slow_lines) {
        scan_special(info, raw);
    }
    Py_DECREF(bytes);
    return 0;
}

#else

static int
scan_instructions(PyCodeObject *Py_UNUSED(code), code_info *Py_UNUSED(info))
{
    return 0;
}

#endif

int
codeinfo_scan(PyCodeObject *code, code_info *info)
{
    memset(info, 0, sizeof(*info));
    info->units = Py_SIZE(code);
    info->line_of = PyMem_Calloc((size_t)info->units + 1, sizeof(int32_t));
    if (info->line_of == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (scan_lines(code, info) < 0 || scan_instructions(code, info) < 0) {
        codeinfo_free(info);
        return -1;
    }
    if (!info->same_line_jumps && !info->slow_lines) {
        PyMem_Free(info->line_of);
        info->line_of = NULL;
    }
    return 0;
}

void
codeinfo_free(code_info *info)
{
    PyMem_Free(info->line_of);
    PyMem_Free(info->arrivals);
    info->line_of = NULL;
    info->arrivals = NULL;
}
