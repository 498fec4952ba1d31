/* Breaks the state of a profiler's recorder, one way for each number: what
   test_recorder_check.py wants found. Compiled with the core. */

#include "profiler.h"

#include <string.h>

/* 1 if it was broken, 0 if there is no such way. */
__attribute__((visibility("default"))) int break_recorder(PyObject *profiler, int way);

int
break_recorder(PyObject *profiler, int way)
{
    recorder *rec = &((Profiler *)profiler)->state.rec;
    registry *reg = &rec->registry;
    thread_record *thread = recorder_thread(rec);
    activation *top = thread->top;
    function_record *function = top->function;
    framemap_item item = {.frame = top, .function = function->entry, .line = 1 << 20};
    switch (way) {
    case 0:
        return 1; /* left whole */
    case 1:
        function->open++;
        return 1;
    case 2:
        (top - 1)->cell->calling--;
        return 1;
    case 3:
        top->edge->open++;
        return 1;
    case 4:
        top->cell = function->lines->cells - 1;
        return 1;
    case 5:
        top->function = (top - 1)->function;
        return 1;
    case 6:
        function->lines->cells[0].kind ^= 1;
        return 1;
    case 7:
        function->lines->count--;
        return 1;
    case 8:
        memset(reg->slots, 0, sizeof(*reg->slots) << reg->bits);
        return 1;
    case 9:
        reg->entries[0]->index = 1;
        return 1;
    case 10:
        rec->threads.count++;
        return 1;
    case 11:
        thread->last_miss = function->entry->code;
        return 1;
    case 12:
        thread->last_code = function->entry->code;
        thread->last_function = (top - 1)->function;
        return 1;
    case 13:
        return framemap_put(&rec->suspended, item);
    case 14:
        item.line = function->entry->info.first_line;
        (void)framemap_put(&rec->suspended, item);
        rec->suspended.count++;
        return 1;
    default:
        return 0;
    }
}
