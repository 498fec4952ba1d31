#include "engine.h"

#include "record/settle.h"

/* Have an entry measured from now on; hooks go in place for the first one. */
static int
activate(engine *m, registry_entry *entry)
{
    if (entry->active) {
        return 0;
    }
    const source_kind *kind = m->src->kind;
    if (m->active == 0) {
        if (kind->start(m->src) < 0) {
            return -1;
        }
        greenlets_start(m->others);
    }
    entry->active = true;
    m->active++;
    threads_forget_lookups(&m->rec.threads);
    if (kind->watch(m->src, entry) == 0) {
        return 0;
    }
    entry->active = false;
    m->active--;
    kind->unwatch(m->src, entry);
    if (m->active == 0) {
        kind->stop(m->src);
        greenlets_stop(m->others);
    }
    return -1;
}

/* Have running frames measured from their next line on. What cannot be reached, as
   memory is short, is told as events that were dropped. */
static void
attach(engine *m, const registry_entry *entry)
{
    m->src->kind->attach(m->src, entry);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        m->rec.short_of_memory = true;
    }
}

/* What is watched is measured while started; beneath calls of what is measured always,
   too. */
static bool
is_wanted(const engine *m, const registry_entry *entry)
{
    return entry->always || (entry->watched && (m->started || m->always > 0));
}

/* Have an entry measured if it is wanted: 0, or -1 with an exception set. */
static int
activate_wanted(engine *m, registry_entry *entry)
{
    entry->beneath = !entry->always && !m->started;
    return is_wanted(m, entry) ? activate(m, entry) : 0;
}

static int
activate_all_wanted(engine *m)
{
    registry *reg = &m->rec.registry;
    for (Py_ssize_t i = 0; i < reg->count; i++) {
        if (activate_wanted(m, reg->entries[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Measure no more what is not wanted; hooks go with the last entry. */
static void
deactivate_unneeded(engine *m)
{
    const source_kind *kind = m->src->kind;
    registry *reg = &m->rec.registry;
    bool changed = false;
    for (Py_ssize_t i = 0; i < reg->count; i++) {
        registry_entry *entry = reg->entries[i];
        bool beneath = !entry->always && !m->started;
        changed |= entry->active && beneath != entry->beneath;
        entry->beneath = beneath;
        if (entry->active && !is_wanted(m, entry)) {
            kind->unwatch(m->src, entry);
            entry->active = false;
            m->active--;
            changed = true;
        }
    }
    if (changed) {
        settle_all(&m->rec, recorder_now(&m->rec));
        threads_forget_lookups(&m->rec.threads);
        if (m->active == 0) {
            kind->stop(m->src);
            greenlets_stop(m->others);
        }
    }
}

/* 0, or -1 with an exception set if a change is under way already. */
static int
begin_change(engine *m)
{
    if (m->changing) {
        PyErr_SetString(PyExc_RuntimeError,
                        "the profiler is just being changed, by what has led to this "
                        "call or by another thread");
        return -1;
    }
    m->changing = true;
    return 0;
}

static int
watch_entry(engine *m, registry_entry *entry, bool always)
{
    bool *flag = always ? &entry->always : &entry->watched;
    if (*flag) {
        return 0;
    }
    *flag = true;
    m->always += always;
    bool first = always && m->always == 1;
    if ((first ? activate_all_wanted(m) : activate_wanted(m, entry)) < 0) {
        *flag = false;
        m->always -= always;
        deactivate_unneeded(m);
        return -1;
    }
    if (entry->active) {
        attach(m, entry);
    }
    return 1;
}

int
engine_watch(engine *m, PyCodeObject *code, bool always)
{
    if (begin_change(m) < 0) {
        return -1;
    }
    registry_entry *entry = registry_add(&m->rec.registry, code);
    int ret = entry == NULL ? -1 : watch_entry(m, entry, always);
    m->changing = false;
    return ret;
}

int
engine_unwatch(engine *m, PyCodeObject *code)
{
    if (begin_change(m) < 0) {
        return -1;
    }
    registry_entry *entry = registry_find(&m->rec.registry, code);
    if (entry != NULL) {
        m->always -= entry->always;
        entry->always = entry->watched = false;
        deactivate_unneeded(m);
    }
    m->changing = false;
    return 0;
}

int
engine_start(engine *m)
{
    if (m->started) {
        return 0;
    }
    if (begin_change(m) < 0) {
        return -1;
    }
    m->started = true;
    int ret = activate_all_wanted(m);
    if (ret < 0) {
        m->started = false;
        deactivate_unneeded(m);
    }
    else if (m->active > 0) {
        attach(m, NULL);
    }
    m->changing = false;
    return ret;
}

int
engine_stop(engine *m)
{
    if (begin_change(m) < 0) {
        return -1;
    }
    m->started = false;
    deactivate_unneeded(m);
    m->changing = false;
    return 0;
}

int
engine_stop_all(engine *m)
{
    if (begin_change(m) < 0) {
        return -1;
    }
    registry *reg = &m->rec.registry;
    m->started = false;
    m->always = 0;
    for (Py_ssize_t i = 0; i < reg->count; i++) {
        reg->entries[i]->always = reg->entries[i]->watched = false;
    }
    deactivate_unneeded(m);
    m->changing = false;
    return 0;
}
