#include "code/code_info.h"

#include <string.h>

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

bool
code_info_jumps_within_line(const code_info *info, const code_instruction *ins)
{
    Py_ssize_t target = bytecode_target(ins);
    int line = info->line_of[ins->unit];
    return ins->opcode == JUMP_BACKWARD && line != 0 && target >= 0 &&
           info->line_of[target] == line;
}

/* Whether a frame that starts at `first` with a line comes to it only once: the
   instructions of the line follow each other and nothing leads back to one. */
static bool
arrives_once(const PyCodeObject *code, const code_info *info,
             const unsigned char *bytes, Py_ssize_t first)
{
    int line = info->line_of[first];
    Py_ssize_t unit = first;
    while (unit < info->units && info->line_of[unit] == line) {
        unit++;
    }
    for (; unit < info->units; unit++) {
        if (info->line_of[unit] == line) {
            return false;
        }
    }
    code_instruction ins = {0};
    for (unit = 0; bytecode_read(bytes, info->units, unit, &ins); unit = ins.next) {
        Py_ssize_t target = bytecode_target(&ins);
        if (target >= 0 && target < info->units && info->line_of[target] == line) {
            return false;
        }
    }
    const unsigned char *next =
        (const unsigned char *)PyBytes_AS_STRING(code->co_exceptiontable);
    const unsigned char *end = next + PyBytes_GET_SIZE(code->co_exceptiontable);
    handled_range range;
    while (bytecode_next_range(&next, end, &range)) {
        if (range.handler < info->units && info->line_of[range.handler] == line) {
            return false;
        }
    }
    return true;
}

/* Find first_offset and start_line. The first line must not be that of RESUME: an event
   of that is told only while RESUME is instrumented (cpython#155992). */
static void
scan_first_line(const PyCodeObject *code, code_info *info, const unsigned char *bytes)
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
    if (first < 0) {
        return;
    }
    info->first_offset = (int)(first * CODE_UNIT);
    if (arrives_once(code, info, bytes, first)) {
        info->start_line = info->line_of[first];
    }
}

static void
scan_instructions(const PyCodeObject *code, code_info *info, const unsigned char *bytes)
{
    code_instruction ins = {0};
    for (Py_ssize_t unit = 0; bytecode_read(bytes, info->units, unit, &ins);
         unit = ins.next) {
        info->same_line_jumps |= code_info_jumps_within_line(info, &ins);
    }
    scan_first_line(code, info, bytes);
}

#else

static void
scan_instructions(const PyCodeObject *Py_UNUSED(code), code_info *Py_UNUSED(info),
                  const unsigned char *Py_UNUSED(bytes))
{
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
    }
}

/* All that depends on the instructions: 0, or -1 with an exception set. */
static int
scan_bytes(PyCodeObject *code, code_info *info)
{
    PyObject *raw = PyCode_GetCode(code);
    if (raw == NULL) {
        return -1;
    }
    const unsigned char *bytes = (const unsigned char *)PyBytes_AS_STRING(raw);
    info->kinds = PyMem_Calloc((size_t)(info->last_line - info->first_line) + 1, 1);
    if (info->kinds == NULL) {
        PyErr_NoMemory();
    }
    else {
        line_cost_fill(info->kinds, info->first_line, info->last_line, code, bytes,
                       info->line_of, info->units);
        scan_instructions(code, info, bytes);
    }
    Py_DECREF(raw);
    return info->kinds == NULL ? -1 : 0;
}

int
code_info_scan(PyCodeObject *code, code_info *info)
{
    memset(info, 0, sizeof(*info));
    info->units = Py_SIZE(code);
    info->first_offset = -1;
    info->resumable =
        (code->co_flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)) != 0;
    info->line_of = PyMem_Calloc((size_t)info->units + 1, sizeof(int32_t));
    if (info->line_of == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    scan_names(code, info);
    if (scan_lines(code, info) < 0 || scan_bytes(code, info) < 0) {
        code_info_free(info);
        return -1;
    }
    return 0;
}

void
code_info_free(code_info *info)
{
    PyMem_Free(info->line_of);
    PyMem_Free(info->kinds);
    info->line_of = NULL;
    info->kinds = NULL;
}
