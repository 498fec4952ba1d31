#include "engine.h"

#include "record/settle.h"

/* Have an entry measured from now on; hooks go in place for the first one. */
static int
activate(engine *eng, registry_entry *entry)
{
    if (entry->active) {
        return 0;
    }
    const source_kind *kind = eng->src->kind;
    if (eng->active == 0) {
        if (kind->start(eng->src) < 0) {
            return -1;
        }
        greenlets_start(eng->greenlets);
    }
    entry->active = true;
    eng->active++;
    threads_forget_lookups(&eng->rec.threads);
    if (kind->watch == NULL || kind->watch(eng->src, entry) == 0) {
        return 0;
    }
    entry->active = false;
    eng->active--;
    threads_forget_lookups(&eng->rec.threads);
    kind->unwatch(eng->src, entry);
    if (eng->active == 0) {
        kind->stop(eng->src);
        greenlets_stop(eng->greenlets);
    }
    return -1;
}

/* Have running frames measured from their next line on. Frames that cannot be reached
   for want of memory are reported as events that were dropped. */
static void
attach(engine *eng, const registry_entry *entry)
{
    eng->src->kind->attach(eng->src, entry);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        eng->rec.short_of_memory = true;
    }
}

/* Watched entries are measured while started, and beneath calls of what is watched
   always. */
static bool
is_wanted(const engine *eng, const registry_entry *entry)
{
    return entry->always || (entry->watched && (eng->started || eng->always > 0));
}

/* Have an entry measured if it is wanted: 0, or -1 with an exception set. */
static int
activate_wanted(engine *eng, registry_entry *entry)
{
    entry->beneath = !entry->always && !eng->started;
    return is_wanted(eng, entry) ? activate(eng, entry) : 0;
}

static int
activate_all_wanted(engine *eng)
{
    registry *reg = &eng->rec.registry;
    for (Py_ssize_t i = 0; i < reg->count; i++) {
        if (activate_wanted(eng, reg->entries[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Stop measuring what is not wanted any more; hooks go with the last entry. */
static void
deactivate_unneeded(engine *eng)
{
    const source_kind *kind = eng->src->kind;
    registry *reg = &eng->rec.registry;
    bool changed = false;
    for (Py_ssize_t i = 0; i < reg->count; i++) {
        registry_entry *entry = reg->entries[i];
        bool beneath = !entry->always && !eng->started;
        changed |= entry->active && beneath != entry->beneath;
        entry->beneath = beneath;
        if (entry->active && !is_wanted(eng, entry)) {
            if (kind->unwatch != NULL) {
                kind->unwatch(eng->src, entry);
            }
            entry->active = false;
            eng->active--;
            changed = true;
        }
    }
    if (changed) {
        threads_forget_lookups(&eng->rec.threads);
        settle_all(&eng->rec, recorder_now(&eng->rec));
        if (eng->active == 0) {
            kind->stop(eng->src);
            greenlets_stop(eng->greenlets);
        }
    }
}

/* 0, or -1 with an exception set if a change is under way already. */
static int
begin_change(engine *eng)
{
    if (eng->changing) {
        PyErr_SetString(PyExc_RuntimeError,
                        "the profiler is being changed right now, by this call's "
                        "caller or by another thread");
        return -1;
    }
    eng->changing = true;
    return 0;
}

/* The change is over: returns `ret`. */
static int
end_change(engine *eng, int ret)
{
    recorder_check(&eng->rec);
    eng->changing = false;
    return ret;
}

static int
watch_entry(engine *eng, registry_entry *entry, bool always)
{
    bool *flag = always ? &entry->always : &entry->watched;
    if (*flag) {
        return 0;
    }
    *flag = true;
    eng->always += always;
    bool first = always && eng->always == 1;
    if ((first ? activate_all_wanted(eng) : activate_wanted(eng, entry)) < 0) {
        *flag = false;
        eng->always -= always;
        deactivate_unneeded(eng);
        return -1;
    }
    if (entry->active) {
        attach(eng, entry);
    }
    return 1;
}

int
engine_watch(engine *eng, PyCodeObject *code, bool always, const Py_buffer *about)
{
    if (begin_change(eng) < 0) {
        return -1;
    }
    recorder *rec = &eng->rec;
    Py_ssize_t before = rec->registry.count;
    registry_entry *entry = registry_add(&rec->registry, code);
    if (rec->registry.count > before) {
        shard_put_text(rec->shard, SHARD_ABOUT, entry, about->buf, (size_t)about->len);
    }
    int ret = entry == NULL ? -1 : watch_entry(eng, entry, always);
    return end_change(eng, ret);
}

int
engine_unwatch(engine *eng, PyCodeObject *code)
{
    if (begin_change(eng) < 0) {
        return -1;
    }
    registry_entry *entry = registry_find(&eng->rec.registry, code);
    if (entry != NULL) {
        eng->always -= entry->always;
        entry->always = entry->watched = false;
        deactivate_unneeded(eng);
    }
    return end_change(eng, 0);
}

int
engine_start(engine *eng)
{
    if (eng->started) {
        return 0;
    }
    if (begin_change(eng) < 0) {
        return -1;
    }
    eng->started = true;
    int ret = activate_all_wanted(eng);
    if (ret < 0) {
        eng->started = false;
        deactivate_unneeded(eng);
    }
    else if (eng->active > 0) {
        attach(eng, NULL);
    }
    return end_change(eng, ret);
}

int
engine_stop(engine *eng)
{
    if (begin_change(eng) < 0) {
        return -1;
    }
    eng->started = false;
    deactivate_unneeded(eng);
    return end_change(eng, 0);
}

int
engine_stop_all(engine *eng)
{
    if (begin_change(eng) < 0) {
        return -1;
    }
    registry *reg = &eng->rec.registry;
    eng->started = false;
    eng->always = 0;
    for (Py_ssize_t i = 0; i < reg->count; i++) {
        reg->entries[i]->always = reg->entries[i]->watched = false;
    }
    deactivate_unneeded(eng);
    if (eng->src->kind->release != NULL) {
        eng->src->kind->release(eng->src);
    }
    return end_change(eng, 0);
}
