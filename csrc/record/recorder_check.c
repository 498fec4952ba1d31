/* Is the state of a recorder whole? */

#include "record/recorder.h"

#ifndef NDEBUG

#include <assert.h>

#define STEPS_PER_CHANGE 256 /* a walk of small states at each change */

static const registry_entry *
entry_at(const recorder *rec, Py_ssize_t index)
{
    assert(index >= 0 && index < rec->registry.count);
    return rec->registry.entries[index];
}

static uint64_t
check_registry(const registry *reg)
{
    assert(reg->count >= 0 && reg->count <= reg->room);
    assert(2 * reg->count <= (Py_ssize_t)1 << reg->bits);
    Py_ssize_t filled = 0;
    for (size_t slot = 0; slot < (size_t)1 << reg->bits; slot++) {
        filled += reg->slots[slot] != NULL;
    }
    assert(filled == reg->count);
    for (Py_ssize_t i = 0; i < reg->count; i++) {
        const registry_entry *entry = reg->entries[i];
        assert(entry->index == i);
        assert(registry_find(reg, entry->code) == entry);
        assert(entry->info.first_line <= entry->info.last_line);
        assert(entry->info.first_offset < CODE_UNIT * entry->info.units);
    }
    return (uint64_t)filled;
}

static void
check_edges(const recorder *rec, const line_cell *cell)
{
    for (const call_edge *edge = cell->edges; edge != NULL; edge = edge->next) {
        const registry_entry *callee = edge->callee;
        assert(entry_at(rec, callee->index) == callee);
        for (const call_edge *other = edge->next; other != NULL; other = other->next) {
            assert(other->callee != edge->callee);
        }
    }
}

static uint64_t
check_functions(const recorder *rec, const thread_record *thread)
{
    uint64_t steps = 0;
    for (Py_ssize_t i = 0; i < thread->room; i++) {
        const function_record *function = thread->functions[i];
        if (function == NULL) {
            continue;
        }
        const code_info *info = &function->entry->info;
        const linetable *lines = function->lines;
        assert(entry_at(rec, i) == function->entry);
        assert(lines->first == info->first_line);
        assert(lines->count == info->last_line - info->first_line + 1);
        for (int line = 0; line < lines->count; line++) {
            assert(lines->cells[line].kind == info->kinds[line]);
            check_edges(rec, &lines->cells[line]);
        }
        steps += (uint64_t)lines->count;
    }
    return steps;
}

static void
check_activation(const thread_record *thread, const activation *act)
{
    const function_record *function = act->function;
    const linetable *lines = function->lines;
    Py_ssize_t index = function->entry->index;
    assert(act->frame != NULL);
    assert(index < thread->room && thread->functions[index] == function);
    assert(act->lines == lines);
    assert(act->cell == NULL ||
           (act->cell >= lines->cells && act->cell < lines->cells + lines->count));
    assert(act->edge == NULL || act->edge->callee == function->entry);
}

/* Take out of all counters what the stack has put there (-1), or put it back (+1). */
static void
count_stack(const thread_record *thread, int sign)
{
    for (const activation *act = thread->top; act > thread->stack; act--) {
        line_cell *caller = (act - 1)->cell;
        act->function->open += (uint32_t)sign;
        if (caller != NULL) {
            caller->calling += (uint32_t)sign;
        }
        if (act->edge != NULL) {
            act->edge->open += (uint32_t)sign;
        }
    }
}

/* Without the stack nothing is open. */
static void
check_counters(const thread_record *thread)
{
    count_stack(thread, -1);
    for (Py_ssize_t i = 0; i < thread->room; i++) {
        const function_record *function = thread->functions[i];
        if (function == NULL) {
            continue;
        }
        assert(function->open == 0);
        for (int line = 0; line < function->lines->count; line++) {
            const line_cell *cell = &function->lines->cells[line];
            assert(cell->calling == 0);
            for (const call_edge *edge = cell->edges; edge != NULL; edge = edge->next) {
                assert(edge->open == 0);
            }
        }
    }
    count_stack(thread, +1);
}

static uint64_t
check_map(const framemap *map)
{
    size_t filled = 0, slot = 0;
    const framemap_item *item;
    while ((item = framemap_next(map, &slot)) != NULL) {
        assert(framemap_find(map, item->frame) == item);
        filled++;
    }
    assert(filled == map->count);
    assert(filled == 0 || 2 * filled <= (size_t)1 << map->bits);
    return slot;
}

static uint64_t
check_parked(const thread_record *thread)
{
    uint64_t steps = check_map(&thread->parked);
    size_t slot = 0;
    const framemap_item *item;
    while ((item = framemap_next(&thread->parked, &slot)) != NULL) {
        const parked_stack *parked = item->stack;
        for (Py_ssize_t i = 0; i < parked->count; i++) {
            check_activation(thread, &parked->activations[i]);
        }
        steps += (uint64_t)parked->count;
    }
    return steps;
}

static void
check_lookups(const recorder *rec, const thread_record *thread)
{
    if (thread->last_code != NULL) {
        const registry_entry *entry = registry_find(&rec->registry, thread->last_code);
        assert(entry != NULL && entry->active);
        assert(thread->last_function->entry == entry);
        assert(thread->functions[entry->index] == thread->last_function);
    }
    if (thread->last_miss != NULL) {
        const registry_entry *entry = registry_find(&rec->registry, thread->last_miss);
        assert(entry == NULL || !entry->active);
    }
}

static uint64_t
check_thread(const recorder *rec, const thread_record *thread)
{
    assert(thread->stack <= thread->top && thread->top < thread->limit);
    assert(thread->stack->frame == NULL && thread->stack->cell == NULL);
    uint64_t steps = check_functions(rec, thread);
    for (const activation *act = thread->top; act > thread->stack; act--) {
        check_activation(thread, act);
        steps++;
    }
    check_counters(thread);
    check_lookups(rec, thread);
    return steps + check_parked(thread);
}

static uint64_t
check_suspended(const recorder *rec)
{
    size_t slot = 0;
    const framemap_item *item;
    while ((item = framemap_next(&rec->suspended, &slot)) != NULL) {
        const registry_entry *entry = item->function;
        assert(entry_at(rec, entry->index) == entry);
        assert(item->line >= entry->info.first_line);
        assert(item->line <= entry->info.last_line);
    }
    return check_map(&rec->suspended);
}

void
recorder_check_now(recorder *rec)
{
    uint64_t steps = check_registry(&rec->registry) + check_suspended(rec);
    Py_ssize_t count = 0;
    for (const thread_record *thread = rec->threads.first; thread; count++) {
        steps += check_thread(rec, thread);
        thread = thread->next;
    }
    assert(count == rec->threads.count);
    rec->check_after = steps;
}

void
recorder_check(recorder *rec)
{
    if (rec->check_after > STEPS_PER_CHANGE) {
        rec->check_after -= STEPS_PER_CHANGE;
    }
    else {
        recorder_check_now(rec);
    }
}

#endif
