/* linetable.c against a model that keeps every number in a plain array. */

#include "input.h"

#include "record/linetable.h"

#include <limits.h>
#include <string.h>

#define TABLES 3
#define MOST_LINES 12
#define CALLEES 6

typedef struct {
    bool there;
    uint64_t calls, total, cost;
} model_edge;

typedef struct {
    uint64_t hits, self, self_cost, nested, nested_cost, suspended;
    model_edge edges[CALLEES];
    int newest; /* callee asked for last, or -1 */
} model_cell;

static model_cell model[TABLES][MOST_LINES];
static char callees[CALLEES]; /* only their addresses matter */
static uint8_t kinds[MOST_LINES];

static void
check_cell(const line_cell *cell, const model_cell *expected, uint8_t kind)
{
    CHECK(cell->hits == expected->hits);
    CHECK(cell->self == expected->self);
    CHECK(cell->self_cost == expected->self_cost);
    CHECK(cell->suspended == expected->suspended);
    CHECK(linetable_total(cell) == expected->self + expected->nested);
    CHECK(linetable_total_cost(cell) == expected->self_cost + expected->nested_cost);
    CHECK(cell->kind == kind);
    bool seen[CALLEES] = {false};
    for (const call_edge *edge = cell->edges; edge != NULL; edge = edge->next) {
        ptrdiff_t callee = (const char *)edge->callee - callees;
        CHECK(callee >= 0 && callee < CALLEES && !seen[callee]);
        seen[callee] = true;
        CHECK(edge->calls == expected->edges[callee].calls);
        CHECK(edge->total == expected->edges[callee].total);
        CHECK(edge->cost == expected->edges[callee].cost);
    }
    for (int callee = 0; callee < CALLEES; callee++) {
        CHECK(seen[callee] == expected->edges[callee].there);
    }
    if (expected->newest >= 0) {
        CHECK(cell->edges->callee == &callees[expected->newest]);
    }
}

static bool
has_edge(const line_cell *cell, int callee)
{
    const call_edge *edge = cell->edges;
    while (edge != NULL && edge->callee != &callees[callee]) {
        edge = edge->next;
    }
    return edge != NULL;
}

static void
check_lookup(linetable *table, int first, int count, int line)
{
    long long index = (long long)line - first;
    line_cell *expected = index >= 0 && index < count ? &table->cells[index] : NULL;
    CHECK(linetable_cell(table, line) == expected);
}

static void
add_numbers(fuzz_input *input, line_cell *cell, model_cell *expected)
{
    uint64_t value = input_word(input);
    cell->hits++, expected->hits++;
    cell->self += value, expected->self += value;
    cell->self_cost += value / 3, expected->self_cost += value / 3;
    /* What is nested may be "negative": modulo 2**64. */
    cell->nested -= value / 2, expected->nested -= value / 2;
    cell->nested_cost += value / 5, expected->nested_cost += value / 5;
    cell->suspended += value / 7, expected->suspended += value / 7;
}

static void
add_edge(fuzz_input *input, line_cell *cell, model_cell *expected)
{
    unsigned callee = input_below(input, CALLEES);
    uint64_t value = input_word(input);
    model_edge *mine = &expected->edges[callee];
    bool short_of_memory = fuzz_allocations_left == 0 && !mine->there;
    call_edge *edge = linetable_edge(NULL, cell, &callees[callee]);
    CHECK((edge == NULL) == short_of_memory);
    if (edge != NULL) {
        expected->newest = (int)callee;
        mine->there = true;
        edge->calls++, mine->calls++;
        edge->total += value, mine->total += value;
        edge->cost += value / 4, mine->cost += value / 4;
    }
}

/* All numbers are added or, if memory is short, none; edges may be there all the same.
 */
static void
merge(linetable *into, const linetable *from, model_cell *sums, const model_cell *added)
{
    bool limited = fuzz_allocations_left >= 0;
    bool complete = linetable_merge(NULL, into, from);
    CHECK(complete == !(limited && fuzz_allocations_left < 0));
    for (int i = 0; i < into->count; i++) {
        model_cell nothing = {.newest = -1};
        const model_cell *more = complete ? &added[i] : &nothing;
        sums[i].hits += more->hits;
        sums[i].self += more->self;
        sums[i].self_cost += more->self_cost;
        sums[i].nested += more->nested;
        sums[i].nested_cost += more->nested_cost;
        sums[i].suspended += more->suspended;
        sums[i].newest = -1; /* not said */
        for (int callee = 0; callee < CALLEES; callee++) {
            model_edge *sum = &sums[i].edges[callee];
            sum->there |= complete ? added[i].edges[callee].there
                                   : has_edge(&into->cells[i], callee);
            sum->calls += more->edges[callee].calls;
            sum->total += more->edges[callee].total;
            sum->cost += more->edges[callee].cost;
        }
    }
}

static void
clear(linetable *table, model_cell *cells)
{
    linetable_clear(table);
    for (int i = 0; i < table->count; i++) {
        model_cell empty = {.newest = cells[i].newest};
        for (int callee = 0; callee < CALLEES; callee++) {
            empty.edges[callee].there = cells[i].edges[callee].there;
        }
        cells[i] = empty;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input input = {data, size};
    static const int firsts[] = {0, 1, 100, INT_MAX - MOST_LINES};
    int first = firsts[input_below(&input, 4)];
    int count = 1 + (int)input_below(&input, MOST_LINES);
    linetable *tables[TABLES];
    fuzz_allocations_left = -1;
    memset(model, 0, sizeof(model));
    for (int i = 0; i < MOST_LINES; i++) {
        kinds[i] = (uint8_t)(i * 23);
    }
    CHECK(linetable_new(NULL, NULL, 5, 4, kinds) == NULL);
    CHECK(linetable_new(NULL, NULL, -1, 4, kinds) == NULL);
    for (int t = 0; t < TABLES; t++) {
        tables[t] = linetable_new(NULL, NULL, first, first + count - 1, kinds);
        CHECK(tables[t] != NULL);
        for (int i = 0; i < MOST_LINES; i++) {
            model[t][i].newest = -1;
        }
    }
    while (input.left > 0) {
        unsigned action = input_below(&input, 16);
        unsigned t = input_below(&input, TABLES);
        int line = first + (int)input_below(&input, (unsigned)count);
        line_cell *cell = linetable_cell(tables[t], line);
        CHECK(cell == &tables[t]->cells[line - first]);
        switch (action) {
        case 0:
            clear(tables[t], model[t]);
            break;
        case 1:
        case 2: {
            unsigned other = (t + 1 + input_below(&input, TABLES - 1)) % TABLES;
            merge(tables[t], tables[other], model[t], model[other]);
            break;
        }
        case 3:
            check_lookup(tables[t], first, count, (int)input_word(&input));
            break;
        case 4:
            fuzz_allocations_left = (int)input_below(&input, 8);
            break;
        case 5:
        case 6:
        case 7:
            add_numbers(&input, cell, &model[t][line - first]);
            break;
        default:
            add_edge(&input, cell, &model[t][line - first]);
            break;
        }
    }
    check_lookup(tables[0], first, count, INT_MIN);
    check_lookup(tables[0], first, count, INT_MAX);
    check_lookup(tables[0], first, count, first - 1);
    check_lookup(tables[0], first, count, first + count);
    for (int t = 0; t < TABLES; t++) {
        for (int i = 0; i < count; i++) {
            check_cell(&tables[t]->cells[i], &model[t][i], kinds[i]);
        }
        linetable_free(NULL, tables[t]);
    }
    linetable_free(NULL, NULL);
    CHECK(fuzz_blocks == 0);
    return 0;
}
