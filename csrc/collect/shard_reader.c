/* Nothing that the file says is relied on: a number may be any number, and a pointer is
   followed only to the start of a block of the right kind. What is read is a copy. So
   whatever a file holds, and whatever a living process does to it meanwhile, gives a
   result or a ValueError. */

#include "collect/shard_reader.h"

#include "record/settle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint64_t owner;   /* whom it is about */
    Py_ssize_t index; /* in the sums */
} about_place;

typedef struct {
    char *data;  /* owned; a copy of what the file has */
    size_t used; /* bytes of it */
    uint64_t base;
    double tick;    /* ns */
    uint8_t *kinds; /* owned; kind of the block that starts at each aligned place */
    size_t *lines;  /* owned; where the blocks of lines are, in order */
    size_t lines_count;
    about_place *abouts; /* owned; sorted by owner */
    size_t abouts_count;
    sum_table *sum; /* borrowed */
    uint64_t events;
    uint64_t last; /* ticks at the last event */
} shard_reader;

static int
refuse(const char *reason)
{
    PyErr_SetString(PyExc_ValueError, reason);
    return -1;
}

/* -- Blocks -------------------------------------------------------------------------
 */

static shard_block *
block_at(const shard_reader *reader, size_t offset)
{
    return (shard_block *)(reader->data + offset);
}

/* Bytes of its contents. */
static size_t
block_room(const shard_block *block)
{
    return block->size - sizeof(shard_block);
}

/* The first block of a kind at or behind an offset, which is moved behind it; NULL: no
   more. Begins with an offset of 0. */
static shard_block *
next_block(const shard_reader *reader, shard_kind kind, size_t *offset)
{
    size_t at = *offset < SHARD_HEADER_SIZE ? SHARD_HEADER_SIZE : *offset;
    while (at < reader->used) {
        shard_block *block = block_at(reader, at);
        at += block->size;
        if (block->kind == kind) {
            *offset = at;
            return block;
        }
    }
    return NULL;
}

/* The block that an address in the process is the content of, if it has this kind and
   at least so many bytes; else NULL. */
static shard_block *
block_of(const shard_reader *reader, uint64_t address, shard_kind kind, size_t size)
{
    uint64_t offset = address - reader->base - sizeof(shard_block);
    if (offset >= reader->used || offset % SHARD_ALIGNMENT != 0 ||
        reader->kinds[offset / SHARD_ALIGNMENT] != kind) {
        return NULL;
    }
    shard_block *block = block_at(reader, (size_t)offset);
    return block_room(block) < size ? NULL : block;
}

static uint64_t
address(const void *pointer)
{
    return (uint64_t)(uintptr_t)pointer;
}

static function_record *
function_of(const shard_reader *reader, uint64_t where)
{
    shard_block *block =
        block_of(reader, where, SHARD_FUNCTION, sizeof(function_record));
    return block == NULL ? NULL : (function_record *)(block + 1);
}

/* The lines of a block, NULL if they are none, yet or in truth. */
static linetable *
lines_in(shard_block *block)
{
    linetable *table = (linetable *)(block + 1);
    size_t room = block_room(block);
    bool fine = room >= sizeof(linetable) && table->first >= 0 && table->count > 0 &&
                table->first <= INT_MAX - table->count &&
                (size_t)table->count <= (room - sizeof(linetable)) / sizeof(line_cell);
    return fine ? table : NULL;
}

/* The cell with an address, and the block of its lines; NULL if there is none. */
static line_cell *
cell_of(const shard_reader *reader, uint64_t where, shard_block **block)
{
    uint64_t offset = where - reader->base;
    size_t low = 0, high = reader->lines_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (reader->lines[middle] <= offset) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    if (low == 0) {
        return NULL;
    }
    size_t at = reader->lines[low - 1];
    *block = block_at(reader, at);
    linetable *table = lines_in(*block);
    size_t first = at + sizeof(shard_block) + offsetof(linetable, cells);
    if (table == NULL || offset < first || (offset - first) % sizeof(line_cell) != 0 ||
        (offset - first) / sizeof(line_cell) >= (size_t)table->count) {
        return NULL;
    }
    return &table->cells[(offset - first) / sizeof(line_cell)];
}

/* Look at all blocks: 0, or -1 with an exception set. */
static int
survey(shard_reader *reader)
{
    size_t counts[SHARD_KINDS] = {0};
    for (size_t at = SHARD_HEADER_SIZE; at < reader->used;) {
        const shard_block *block = block_at(reader, at);
        size_t left = reader->used - at;
        if (left < sizeof(shard_block) || block->size < sizeof(shard_block) ||
            block->size > left || block->size % SHARD_ALIGNMENT != 0 ||
            block->kind >= SHARD_KINDS) {
            return refuse("its blocks are damaged");
        }
        reader->kinds[at / SHARD_ALIGNMENT] = (uint8_t)block->kind;
        counts[block->kind]++;
        at += block->size;
    }
    reader->lines = PyMem_Calloc(counts[SHARD_LINES] + 1, sizeof(size_t));
    reader->abouts = PyMem_Calloc(counts[SHARD_ABOUT] + 1, sizeof(about_place));
    if (reader->lines == NULL || reader->abouts == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    size_t offset = 0;
    const shard_block *block;
    while ((block = next_block(reader, SHARD_LINES, &offset)) != NULL) {
        reader->lines[reader->lines_count++] = offset - block->size;
    }
    return 0;
}

/* The text of a block as new bytes; NULL, without an exception if there is none. */
static PyObject *
text_in(const shard_block *block)
{
    const shard_text *text = (const shard_text *)(block + 1);
    size_t room = block_room(block);
    if (room < sizeof(shard_text) || text->size > room - sizeof(shard_text)) {
        return NULL;
    }
    return PyBytes_FromStringAndSize(text->text, (Py_ssize_t)text->size);
}

/* -- Functions -----------------------------------------------------------------------
 */

static int
compare_abouts(const void *left, const void *right)
{
    uint64_t a = ((const about_place *)left)->owner;
    uint64_t b = ((const about_place *)right)->owner;
    return (a > b) - (a < b);
}

/* 0, or -1 with an exception set. */
static int
read_abouts(shard_reader *reader)
{
    size_t offset = 0;
    const shard_block *block;
    while ((block = next_block(reader, SHARD_ABOUT, &offset)) != NULL) {
        PyObject *about = text_in(block);
        if (about == NULL && PyErr_Occurred()) {
            return -1;
        }
        if (about != NULL) {
            Py_ssize_t index = sum_table_find(reader->sum, about);
            Py_DECREF(about);
            if (index < 0) {
                return -1;
            }
            reader->abouts[reader->abouts_count++] =
                (about_place){.owner = block->owner, .index = index};
        }
    }
    qsort(reader->abouts, reader->abouts_count, sizeof(about_place), compare_abouts);
    return 0;
}

/* Index in the sums of what an identity stands for; -1 if nothing is known of it. */
static Py_ssize_t
index_of(const shard_reader *reader, const void *entry)
{
    about_place wanted = {.owner = address(entry)};
    const about_place *found = bsearch(&wanted, reader->abouts, reader->abouts_count,
                                       sizeof(about_place), compare_abouts);
    return found == NULL ? -1 : found->index;
}

/* -- Numbers -------------------------------------------------------------------------
 */

/* What was open when the process ended, or is open still, lasted until the thread's
   last event: as stack_close() does. */
static void
close_activation(const shard_reader *reader, const thread_record *thread,
                 const activation *act, uint64_t caller)
{
    uint64_t time = ticks_between(act->entered, thread->last);
    uint64_t cost = thread->cost - act->entered_cost;
    function_record *function = function_of(reader, address(act->function));
    if (function != NULL && function->open > 0 && --function->open == 0) {
        function->total += time;
        function->cost += cost;
    }
    shard_block *block =
        block_of(reader, address(act->edge), SHARD_EDGE, sizeof(call_edge));
    call_edge *edge = block == NULL ? NULL : (call_edge *)(block + 1);
    if (edge != NULL && edge->open > 0 && --edge->open == 0) {
        edge->total += time;
        edge->cost += cost;
    }
    line_cell *cell = cell_of(reader, caller, &block);
    if (cell != NULL && cell->calling > 0 && --cell->calling == 0) {
        cell->nested += time;
        cell->nested_cost += cost;
    }
}

static void
read_thread(shard_reader *reader, const thread_record *thread)
{
    reader->last = thread->last > reader->last ? thread->last : reader->last;
    const shard_block *block =
        block_of(reader, address(thread->stack), SHARD_STACK, sizeof(activation));
    uint64_t depth = address(thread->top) - address(thread->stack);
    if (block == NULL || depth % sizeof(activation) != 0 ||
        depth > block_room(block) - sizeof(activation)) {
        return;
    }
    const activation *stack = (const activation *)(block + 1);
    for (size_t i = (size_t)depth / sizeof(activation); i > 0; i--) {
        close_activation(reader, thread, &stack[i], address(stack[i - 1].cell));
    }
}

/* Ticks in ns; below zero there is none, whatever a number between two events says. */
static uint64_t
to_ns(const shard_reader *reader, uint64_t ticks)
{
    double ns = (double)(int64_t)ticks * reader->tick + 0.5;
    return ns < 1 ? 0 : ns >= 9e18 ? (uint64_t)9e18 : (uint64_t)ns;
}

static int
read_lines(shard_reader *reader, sum_function *sum, const linetable *table)
{
    if (sum_function_cover(sum, table->first, table->first + table->count - 1) < 0) {
        return -1;
    }
    for (int i = 0; i < table->count; i++) {
        const line_cell *cell = &table->cells[i];
        sum_line *line = &sum->lines[table->first - sum->first + i];
        reader->events += cell->hits;
        line->hits += cell->hits;
        line->total += to_ns(reader, linetable_total(cell));
        line->self += to_ns(reader, cell->self);
        line->suspended += to_ns(reader, cell->suspended);
        line->total_cost += to_ns(reader, linetable_total_cost(cell));
        line->self_cost += to_ns(reader, cell->self_cost);
    }
    return 0;
}

/* Numbers of what the abouts do not name are left out: when the disk was full. */
static int
read_functions(shard_reader *reader)
{
    size_t offset = 0;
    shard_block *block;
    while ((block = next_block(reader, SHARD_FUNCTION, &offset)) != NULL) {
        if (block_room(block) < sizeof(function_record)) {
            return refuse("a function is damaged");
        }
        const function_record *function = (const function_record *)(block + 1);
        Py_ssize_t index = index_of(reader, function->entry);
        if (index >= 0) {
            sum_function *sum = &reader->sum->functions[index];
            reader->events += function->calls;
            sum->calls += function->calls;
            sum->total += to_ns(reader, function->total);
            sum->cost += to_ns(reader, function->cost);
        }
    }
    for (size_t i = 0; i < reader->lines_count; i++) {
        block = block_at(reader, reader->lines[i]);
        const linetable *table = lines_in(block);
        const function_record *function = function_of(reader, block->owner);
        Py_ssize_t index = function == NULL ? -1 : index_of(reader, function->entry);
        if (table != NULL && index >= 0 &&
            read_lines(reader, &reader->sum->functions[index], table) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
read_edges(shard_reader *reader)
{
    size_t offset = 0;
    const shard_block *block;
    while ((block = next_block(reader, SHARD_EDGE, &offset)) != NULL) {
        if (block_room(block) < sizeof(call_edge)) {
            return refuse("an edge is damaged");
        }
        const call_edge *edge = (const call_edge *)(block + 1);
        shard_block *lines;
        const line_cell *cell = cell_of(reader, block->owner, &lines);
        const function_record *caller =
            cell == NULL ? NULL : function_of(reader, lines->owner);
        Py_ssize_t index = caller == NULL ? -1 : index_of(reader, caller->entry);
        Py_ssize_t callee = index_of(reader, edge->callee);
        if (index < 0 || callee < 0) {
            continue;
        }
        sum_function *function = &reader->sum->functions[index];
        int number = linetable_line((linetable *)(lines + 1), cell);
        sum_edge *sum =
            sum_line_edge(&function->lines[number - function->first], callee);
        if (sum == NULL) {
            return -1;
        }
        sum->calls += edge->calls;
        sum->total += to_ns(reader, edge->total);
        sum->cost += to_ns(reader, edge->cost);
    }
    return 0;
}

static int
read_numbers(shard_reader *reader)
{
    size_t offset = 0;
    const shard_block *block;
    while ((block = next_block(reader, SHARD_THREAD, &offset)) != NULL) {
        if (block_room(block) < sizeof(thread_record)) {
            return refuse("a thread is damaged");
        }
        read_thread(reader, (const thread_record *)(block + 1));
    }
    return read_functions(reader) < 0 || read_edges(reader) < 0 ? -1 : 0;
}

/* -- Header and notes -----------------------------------------------------------------
 */

static bool
is_text(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

/* Take a copy of what a file holds, its header checked: 0, or -1 with an exception. */
static int
take(shard_reader *reader, const char *data, size_t size)
{
    shard_header header;
    if (size < SHARD_HEADER_SIZE || memcmp(data, SHARD_MAGIC, sizeof(SHARD_MAGIC))) {
        return refuse("it is not a shard");
    }
    memcpy(&header, data, sizeof(header));
    if (header.version != SHARD_VERSION) {
        return refuse("it is of another version of lineprof");
    }
    if (header.layout != SETTLE_LAYOUT) {
        return refuse("it is of another type of machine");
    }
    if (header.used < SHARD_HEADER_SIZE || header.used > size ||
        header.used % SHARD_ALIGNMENT != 0 || header.base % SHARD_ALIGNMENT != 0 ||
        !(header.tick > 0 && header.tick < 1) ||
        !is_text(header.clock, sizeof(header.clock)) ||
        !is_text(header.core, sizeof(header.core)) ||
        !is_text(header.boot, sizeof(header.boot))) {
        return refuse("its header is damaged");
    }
    reader->used = (size_t)header.used;
    reader->base = header.base;
    reader->data = PyMem_Malloc(reader->used);
    reader->kinds = PyMem_Calloc(reader->used / SHARD_ALIGNMENT, 1);
    if (reader->data == NULL || reader->kinds == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(reader->data, data, reader->used);
    memcpy(reader->data, &header, sizeof(header)); /* as it was checked */
    return 0;
}

static const shard_header *
header_of(const shard_reader *reader)
{
    return (const shard_header *)reader->data;
}

/* Seconds per tick. Those of the processor's counter are measured up to now if that is
   still the same one: over a longer time than the process that made the file had. */
static double
measure_tick(const shard_header *header, const char *boot)
{
    clock_state clock = {.kind = CLOCK_KIND_COUNTER,
                         .start_ticks = header->clock_ticks,
                         .start_ns = header->clock_ns};
    clock_state system = {.kind = CLOCK_KIND_MONOTONIC};
    if (!CLOCK_HAS_COUNTER || header->clock_kind != CLOCK_KIND_COUNTER ||
        strcmp(header->clock, "timer") == 0 || boot[0] == '\0' ||
        strcmp(header->boot, boot) != 0 ||
        header->clock_ticks >= clock_read_counter() ||
        header->clock_ns >= clock_read_system(&system)) {
        return header->tick;
    }
    double tick = clock_tick(&clock);
    return fabs(tick - header->tick) < 0.01 * header->tick ? tick : header->tick;
}

static PyObject *
build_header(const shard_reader *reader)
{
    const shard_header *header = header_of(reader);
    uint64_t last = reader->events == 0 ? 0 : header->started;
    if (last != 0 && header->start_ticks != 0) {
        last += to_ns(reader, ticks_between(header->start_ticks, reader->last));
    }
#define U64(value) ((unsigned long long)(value))
    return Py_BuildValue("{sKsKsKsdsssssKsKsKsssK}", "pid", U64(header->pid), "parent",
                         U64(header->parent), "started", U64(header->started), "tick",
                         reader->tick * 1e-9, "clock", header->clock, "core",
                         header->core, "lost", U64(header->lost), "last", U64(last),
                         "events", U64(reader->events), "boot", header->boot, "born",
                         U64(header->born));
#undef U64
}

static PyObject *
build_notes(const shard_reader *reader)
{
    PyObject *notes = PyList_New(0);
    size_t offset = 0;
    const shard_block *block;
    while (notes != NULL && (block = next_block(reader, SHARD_NOTE, &offset)) != NULL) {
        PyObject *note = text_in(block);
        bool failed =
            note == NULL ? PyErr_Occurred() != NULL
                         : PyBytes_GET_SIZE(note) > 0 && PyList_Append(notes, note) < 0;
        Py_XDECREF(note);
        if (failed) {
            Py_CLEAR(notes);
        }
    }
    return notes;
}

int
shard_reader_read(const char *data, size_t size, const char *boot, sum_table *sum,
                  PyObject **header, PyObject **notes)
{
    int ret = -1;
    shard_reader reader = {.sum = sum};
    *header = *notes = NULL;
    if (take(&reader, data, size) < 0) {
        goto done;
    }
    reader.tick = measure_tick(header_of(&reader), boot) * 1e9;
    if (header_of(&reader)->pid == 0) { /* all that is in it was the parent's */
        reader.used = SHARD_HEADER_SIZE;
    }
    if (survey(&reader) < 0 || read_abouts(&reader) < 0 || read_numbers(&reader) < 0) {
        goto done;
    }
    *header = build_header(&reader);
    *notes = build_notes(&reader);
    if (*header != NULL && *notes != NULL) {
        ret = 0;
    }
    else {
        Py_CLEAR(*header);
        Py_CLEAR(*notes);
    }
done:
    PyMem_Free(reader.data);
    PyMem_Free(reader.kinds);
    PyMem_Free(reader.lines);
    PyMem_Free(reader.abouts);
    return ret;
}
