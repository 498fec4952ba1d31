#include "base/pace.h"

#define SHARE                                                                          \
    1.1 /* events slow down by so much of what the fixed piece of work does            \
         */

enum { NAMES = 8, NUMBERS = 8, ROUNDS = 2, ATTEMPTS = 8 };

static PyObject *
new_names(void)
{
    PyObject *names = PyTuple_New(NAMES);
    for (int i = 0; names != NULL && i < NAMES; i++) {
        PyObject *name = PyUnicode_FromFormat("name%d", 77 * i);
        if (name == NULL) {
            Py_CLEAR(names);
        }
        else {
            PyTuple_SET_ITEM(names, i, name);
        }
    }
    return names;
}

static PyObject *
new_numbers(void)
{
    return Py_BuildValue("(idididid)", 900, 1.5, 1200, 3.0, 1500, 4.5, 1800, 6.0);
}

static int
fill_table(const pace_things *things)
{
    for (int i = 0; i < NAMES; i++) {
        PyObject *name = PyTuple_GET_ITEM(things->names, i);
        if (PyDict_SetItem(things->table, name, PyTuple_GET_ITEM(things->numbers, i)) <
            0) {
            return -1;
        }
    }
    return 0;
}

int
pace_init(pace_things *things)
{
    things->names = new_names();
    things->numbers = new_numbers();
    things->table = PyDict_New();
    if (things->names == NULL || things->numbers == NULL || things->table == NULL ||
        fill_table(things) < 0) {
        pace_clear(things);
        return -1;
    }
    return 0;
}

void
pace_clear(pace_things *things)
{
    Py_CLEAR(things->names);
    Py_CLEAR(things->numbers);
    Py_CLEAR(things->table);
}

/* Functions of the interpreter, many and short, as it runs them when it delivers an
   event: what slows one down, slows the other down. A loop of our own keeps to one
   place and a few units of the processor; a busy neighbour slowed such loops down by
   1.2 to 2 when events took twice as long. */
static void
work(const pace_things *things)
{
    for (int i = 0; i < ROUNDS; i++) {
        PyObject *name = PyTuple_GET_ITEM(things->names, i);
        PyObject *other = PyTuple_GET_ITEM(things->names, NAMES - 1 - i);
        PyObject *whole = PyTuple_GET_ITEM(things->numbers, 2 * i);
        PyObject *real = PyTuple_GET_ITEM(things->numbers, 2 * i + 1);
        (void)PyDict_GetItemWithError(things->table, other);
        (void)PyObject_RichCompareBool(real, whole, Py_GT);
        (void)PySequence_Contains(things->numbers, whole);
        (void)PyUnicode_Compare(name, other);
        (void)PyObject_Hash(real);
        (void)PyObject_IsTrue(name);
        (void)PyObject_Size(things->table);
        (void)PyLong_AsLong(whole);
        (void)PyUnicode_Find(other, name, 0, NAMES, 1);
        (void)PyObject_IsInstance(whole, (PyObject *)&PyLong_Type);
    }
}

uint64_t
pace_measure(const pace_things *things)
{
    uint64_t least = CLOCK_HAS_COUNTER ? UINT64_MAX : 0;
    for (int i = 0; CLOCK_HAS_COUNTER && i < ATTEMPTS; i++) {
        uint64_t began = clock_read_counter();
        work(things);
        uint64_t took = ticks_between(began, clock_read_counter());
        least = took < least ? took : least;
    }
    return least;
}

double
pace_ratio(uint64_t from, uint64_t to)
{
    double slower = (double)to / (double)from, faster = (double)from / (double)to;
    return slower > 1 ? 1 + SHARE * (slower - 1) : 1 / (1 + SHARE * (faster - 1));
}
