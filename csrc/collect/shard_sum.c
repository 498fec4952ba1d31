#include "collect/shard_sum.h"

#include "collect/shard_reader.h"

typedef struct {
    PyObject_HEAD
    sum_table table;
    char boot[SHARD_BOOT_SIZE];
} ShardSum;

PyDoc_STRVAR(add_doc, "add($self, data, /, lines=False)\n--\n\n"
                      "Add the numbers of a shard; its header, notes and functions.");

/* What a shard holds and what is told of it, before any is added: a new tuple, or NULL
   with an exception set. */
static PyObject *
read_shard(const ShardSum *self, const Py_buffer *data, bool lines, sum_table *table)
{
    PyObject *header, *notes;
    if (shard_reader_read(data->buf, (size_t)data->len, self->boot, table, &header,
                          &notes) < 0) {
        return NULL;
    }
    PyObject *functions = sum_table_list(table, lines);
    if (functions == NULL) {
        Py_DECREF(header);
        Py_DECREF(notes);
        return NULL;
    }
    return Py_BuildValue("(NNN)", header, notes, functions);
}

static PyObject *
shard_sum_add(PyObject *op, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"", "lines", NULL};
    ShardSum *self = (ShardSum *)op;
    Py_buffer data;
    int lines = 0;
    sum_table table;
    PyObject *result = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*|p:add", names, &data, &lines)) {
        return NULL;
    }
    if (sum_table_init(&table) == 0) {
        result = read_shard(self, &data, lines, &table);
        if (result != NULL && sum_table_add(&self->table, &table) < 0) {
            Py_CLEAR(result);
        }
        sum_table_free(&table);
    }
    PyBuffer_Release(&data);
    return result;
}

PyDoc_STRVAR(functions_doc, "functions($self, /)\n--\n\n"
                            "The sums, by function.");

static PyObject *
shard_sum_functions(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    return sum_table_list(&((ShardSum *)op)->table, true);
}

#define ADD (PyCFunction)(void (*)(void)) shard_sum_add

static PyMethodDef shard_sum_methods[] = {
    {"add",       ADD,                 METH_VARARGS | METH_KEYWORDS, add_doc      },
    {"functions", shard_sum_functions, METH_NOARGS,                  functions_doc},
    {NULL,        NULL,                0,                            NULL         },
};

static PyObject *
shard_sum_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {NULL};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, ":ShardSum", names)) {
        return NULL;
    }
    ShardSum *self = (ShardSum *)type->tp_alloc(type, 0);
    if (self != NULL) {
        shard_read_boot(self->boot);
        if (sum_table_init(&self->table) < 0) {
            Py_CLEAR(self);
        }
    }
    return (PyObject *)self;
}

static void
shard_sum_dealloc(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    sum_table_free(&((ShardSum *)op)->table);
    type->tp_free(op);
    Py_DECREF(type);
}

PyDoc_STRVAR(shard_sum_doc, "ShardSum()\n--\n\n"
                            "Adds the numbers of processes up, by function.");

static PyType_Slot shard_sum_slots[] = {
    {Py_tp_doc,     (void *)shard_sum_doc},
    {Py_tp_new,     shard_sum_new        },
    {Py_tp_dealloc, shard_sum_dealloc    },
    {Py_tp_methods, shard_sum_methods    },
    {0,             NULL                 },
};

PyType_Spec shard_sum_spec = {
    .name = "lineprof._core.ShardSum",
    .basicsize = sizeof(ShardSum),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = shard_sum_slots,
};
