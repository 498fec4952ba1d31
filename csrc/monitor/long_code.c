/* The table is what initialize_lines() of CPython (3.12 and 3.13,
   Python/instrumentation.c) finds out about which instructions may start a line.
   CPython sends a LINE event when one of them follows an instruction of another line,
   or of none. What may come before an instruction is known as well: the one above it,
   jumps, handled exceptions. Only where those include another line does the order of
   execution matter, and only there an event is needed, to compare (recorder_arrive()).
   Two instructions have no line then, whatever the table of lines says: RESUME, and an
   inline cache, which is where 3.12 leaves the caller of a Python function.

   Not followed: on 3.12 `x = a or b.c` is two hits once the interpreter has specialised
   it for a `c` that is a property written in Python, and `a or b[c]` for a __getitem__
   so written. No event tells of that; here it stays one hit. An exception that comes
   out of such a thing and is handled on its line begins the line again: that is
   followed, but our events put specialisation off by a round, and the hit with it. */

#include "monitor/long_code.h"

#include <string.h>

#if HAVE_MONITORING

/* The interpreter keeps `line - first line - (unit >> 4)` of an instruction in a signed
   byte; the least values are reserved (compute_line_delta()). */
#define LINE_ESTIMATE_SHIFT 4
#define LEAST_LINE_DELTA (TRUSTS_LINE_CHANGES ? -125 : -126)
#define GREATEST_LINE_DELTA 127

/* What executing an instruction means: bits. */
enum {
    STEP_EVENT = 1,  /* it may come after one of another line */
    STEP_START = 2,  /* if it does, its line is arrived at ... */
    STEP_ALWAYS = 4, /* ... or even if it does not */
    STEP_REPEAT = 8, /* a jump back within its line: arrives at it again */
    STEP_CALL = 16,  /* calling a Python function leaves the line */
};

typedef struct {
    int32_t line; /* 0: none, as far as the next instruction is concerned */
    uint8_t bits; /* STEP_* */
} code_step;

/* One block of memory, so that the registry can free it. */
struct long_code {
    Py_ssize_t units;
    bool handlers; /* a line begins at an exception handler */
    code_step steps[];
};

typedef struct long_code long_code;

/* -- The table ----------------------------------------------------------------------
 */

static void
add_bits(long_code *table, Py_ssize_t unit, int bits)
{
    if (unit >= 0 && unit < table->units) {
        table->steps[unit].bits |= (uint8_t)bits;
    }
}

static void
add_start(long_code *table, Py_ssize_t unit)
{
    if (unit >= 0 && unit < table->units && table->steps[unit].line != 0) {
        table->steps[unit].bits |= STEP_START;
    }
}

static void
add_target(long_code *table, Py_ssize_t unit)
{
    add_start(table, unit);
    if (unit < table->units) {
        table->steps[unit].bits &= (uint8_t)~STEP_ALWAYS;
    }
}

/* `unit` may be executed after an instruction of a line, 0 for none. */
static void
add_path(long_code *table, int line, Py_ssize_t unit)
{
    if (unit >= 0 && unit < table->units && table->steps[unit].line != line) {
        table->steps[unit].bits |= STEP_EVENT;
    }
}

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

/* Can the interpreter find the line at a unit without reading the table of lines? */
static bool
is_fast(const PyCodeObject *code, Py_ssize_t unit, int line)
{
    Py_ssize_t delta = line - code->co_firstlineno - (unit >> LINE_ESTIMATE_SHIFT);
    return delta >= LEAST_LINE_DELTA && delta <= GREATEST_LINE_DELTA;
}

/* Steps of an instruction's successors. */
static void
scan_paths(long_code *table, const code_instruction *ins)
{
    int line = ins->opcode == RESUME ? 0 : table->steps[ins->unit].line;
    Py_ssize_t target = bytecode_target(ins);
    if (!bytecode_never_falls_through(ins->opcode)) {
        add_path(table, line, ins->next);
    }
    if (target >= 0) {
        add_path(table, line, target);
        add_target(table, target + skips_target(ins->opcode));
    }
    if (skips_target(ins->opcode)) {
        add_path(table, line, target + 1);
        add_path(table, line, target + 2);
    }
}

/* Behind the call of a Python function, an instruction that may be jumped to starts its
   line again: seen to by CALL events. */
static void
scan_call(long_code *table, const code_instruction *ins)
{
    if (CALL_LEAVES_LINE && ins->opcode == CALL && ins->next < table->units &&
        (table->steps[ins->next].bits & STEP_START)) {
        add_bits(table, ins->next, STEP_EVENT);
        add_bits(table, ins->unit, STEP_CALL);
    }
}

/* A loop within one line: its jumps back are hits. */
static void
scan_loop(long_code *table, const code_info *info, const code_instruction *ins)
{
    if (code_info_jumps_within_line(info, ins)) {
        add_bits(table, ins->first, STEP_EVENT | STEP_REPEAT);
    }
}

/* Lines that begin where the one above has ended. */
static void
scan_line_starts(const PyCodeObject *code, long_code *table, const unsigned char *bytes)
{
    int before = 0;
    code_instruction ins = {0};
    for (Py_ssize_t unit = code->_co_firsttraceable;
         bytecode_read(bytes, table->units, unit, &ins); unit = ins.next) {
        if (continues_line(ins.opcode)) {
            continue;
        }
        int line = table->steps[unit].line;
        if (line != before && line != 0) {
            add_start(table, unit);
            if (TRUSTS_LINE_CHANGES && !is_fast(code, unit, line)) {
                add_bits(table, unit, STEP_EVENT | STEP_ALWAYS);
            }
        }
        before = line;
    }
}

/* Exception handlers may start a line, whatever was executed last. */
static void
scan_handlers(const PyCodeObject *code, long_code *table, const unsigned char *bytes)
{
    const unsigned char *next =
        (const unsigned char *)PyBytes_AS_STRING(code->co_exceptiontable);
    const unsigned char *end = next + PyBytes_GET_SIZE(code->co_exceptiontable);
    handled_range range;
    while (bytecode_next_range(&next, end, &range)) {
        add_bits(table, range.handler, STEP_EVENT);
        if (range.handler < table->units && bytes[2 * range.handler] != END_ASYNC_FOR) {
            add_start(table, range.handler);
            table->handlers |= table->steps[range.handler].line != 0;
        }
    }
}

/* Leave only those lines that count when an instruction comes next. */
static void
hide_lines(long_code *table, const unsigned char *bytes)
{
    for (Py_ssize_t unit = 0; unit < table->units; unit++) {
        int opcode = bytes[2 * unit];
        if (opcode == CACHE || opcode == RESUME) {
            table->steps[unit].line = 0;
        }
    }
}

static void
scan(const registry_entry *entry, long_code *table, const unsigned char *bytes)
{
    const PyCodeObject *code = entry->code;
    code_instruction ins = {0};
    scan_line_starts(code, table, bytes);
    scan_handlers(code, table, bytes);
    for (Py_ssize_t unit = code->_co_firsttraceable;
         bytecode_read(bytes, table->units, unit, &ins); unit = ins.next) {
        scan_paths(table, &ins);
    }
    for (Py_ssize_t unit = 0; bytecode_read(bytes, table->units, unit, &ins);
         unit = ins.next) {
        scan_call(table, &ins);
        scan_loop(table, &entry->info, &ins);
    }
    hide_lines(table, bytes);
}

static bool
is_long(const registry_entry *entry)
{
#ifdef LINEPROF_FORCE_INSTRUCTION
    return true;
#endif
    int before = 0;
    const code_info *info = &entry->info;
    for (Py_ssize_t unit = 0; unit < info->units && !compat_has_fast_lines(); unit++) {
        int line = info->line_of[unit];
        if (line != before && line != 0 && !is_fast(entry->code, unit, line)) {
            return true;
        }
        before = line;
    }
    return false;
}

int
long_code_prepare(registry_entry *entry)
{
    if (entry->long_code != NULL || !is_long(entry)) {
        return 0;
    }
    PyObject *bytes = PyCode_GetCode(entry->code);
    if (bytes == NULL) {
        return -1;
    }
    size_t units = (size_t)entry->info.units;
    long_code *table = PyMem_Calloc(1, sizeof(long_code) + units * sizeof(code_step));
    if (table == NULL) {
        PyErr_NoMemory();
    }
    else {
        table->units = entry->info.units;
        for (size_t unit = 0; unit < units; unit++) {
            table->steps[unit].line = entry->info.line_of[unit];
        }
        scan(entry, table, (const unsigned char *)PyBytes_AS_STRING(bytes));
        entry->long_code = table; /* owned by the entry now */
    }
    Py_DECREF(bytes);
    return table == NULL ? -1 : 0;
}

bool
long_code_handles(const registry_entry *entry)
{
    return entry->long_code->handlers;
}

/* -- The callbacks ------------------------------------------------------------------
 */

/* The step at a byte offset of code that is measured now; NULL for other code, and for
   what is not an offset of it. */
static const code_step *
find_step(const registry_entry *entry, int offset)
{
    Py_ssize_t unit = offset / CODE_UNIT;
    if (entry == NULL || entry->long_code == NULL || offset < 0 ||
        unit >= entry->long_code->units) {
        return NULL;
    }
    return &entry->long_code->steps[unit];
}

/* event_entry() for the frame that runs, which is nearly always the one on top of the
   thread's stack. */
static inline const registry_entry *
running_entry(const tool_member *member, const event *ev)
{
    const thread_record *thread = recorder_thread(ev->rec);
    if (LIKELY(thread != NULL && thread->top->frame == ev->frame)) {
        const registry_entry *entry = thread->top->function->entry;
        if (LIKELY(entry->code == ev->code)) {
            return entry;
        }
    }
    return event_entry(member, (PyObject *)ev->code);
}

static bool
instruction_event(tool_member *member, PyObject *const *args,
                  Py_ssize_t Py_UNUSED(count))
{
    event ev;
    if (!event_begin(&ev, member, args)) {
        return false;
    }
    const code_step *step =
        find_step(running_entry(member, &ev), compat_small_int(args[1]));
    if (step == NULL) {
        return false;
    }
    if (!(step->bits & STEP_EVENT)) {
        return true;
    }
    if (step->bits & STEP_ALWAYS) {
        recorder_set_at(ev.rec, ev.frame, 0);
    }
    if (step->bits & STEP_START) {
        recorder_arrive(ev.rec, ev.code, ev.frame, step->line, ev.now);
    }
    else {
        recorder_set_at(ev.rec, ev.frame, step->line);
    }
    if (step->bits & STEP_REPEAT) {
        recorder_line(ev.rec, ev.code, ev.frame, step->line, ev.now);
    }
    return false;
}

static bool
call_event(tool_member *member, PyObject *const *args, Py_ssize_t count)
{
    const registry_entry *entry = event_entry(member, args[0]);
    if (entry == NULL || entry->long_code == NULL || count < 3) {
        return false;
    }
    const code_step *step = find_step(entry, compat_small_int(args[1]));
    if (step == NULL || !(step->bits & STEP_CALL)) {
        return true;
    }
    PyObject *callee = args[2];
    if (PyMethod_Check(callee)) {
        callee = PyMethod_GET_FUNCTION(callee);
    }
    if (PyFunction_Check(callee)) {
        recorder_set_at(member->rec, compat_current_frame(), 0);
    }
    return false;
}

/* The frame still stands where the exception came from: RERAISE and throw() make that a
   place of their own choosing, which the arguments of the event do not tell. */
static bool
handled_event(tool_member *member, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    const void *frame = compat_current_frame();
    const registry_entry *entry = event_entry(member, args[0]);
    if (entry != NULL && entry->long_code != NULL) {
        const code_step *step = find_step(entry, compat_frame_offset(frame));
        recorder_set_at(member->rec, frame, step == NULL ? 0 : step->line);
    }
    return false;
}

PyObject *
long_code_on_instruction(PyObject *self, PyObject *const *args, size_t nargsf,
                         PyObject *Py_UNUSED(names))
{
    return deliver(self, args, nargsf, instruction_event);
}

PyObject *
long_code_on_call(PyObject *self, PyObject *const *args, size_t nargsf,
                  PyObject *Py_UNUSED(names))
{
    return deliver(self, args, nargsf, call_event);
}

PyObject *
long_code_on_handled(PyObject *self, PyObject *const *args, size_t nargsf,
                     PyObject *Py_UNUSED(names))
{
    return deliver(self, args, nargsf, handled_event);
}

#endif
