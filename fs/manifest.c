#include "fs/manifest.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>

#include "conf/base/text.h"
#include "fs/beside.h"
#include "fs/census.h"
#include "fs/walk.h"

/* ---- taking */

struct manifest_taking {
    struct guard *guard;
    struct policy *policy;
    struct census_draft *draft;
};

static int manifest_visit(void *context, const struct walk_file *f) {
    const struct manifest_taking *t = context;
    struct catalog_key key = { 0 };
    static_assert(sizeof(key.raw) == CENSUS_KEY_LEN, "the catalog's key names a version");
    if (strlen(f->shown) > CENSUS_PATH_LEN_MAX) return 0; /* no reader can name it either */
    if (!f->racy) key = beside_key(t->guard, t->policy, f->path, &f->version);
    return census_draft_add(t->draft, f->shown, key.raw);
}

int manifest_take(struct guard *g, struct worker *w, struct policy *p) {
    struct manifest_taking t = { .guard = g, .policy = p };
    const struct walk walk = { .guard = g, .policy = p, .worker = w, .visit = manifest_visit, .context = &t };
    int r = g->census ? census_draft_new(g->census, &t.draft) : -ENODEV;
    if (r == 0) r = walk_run(&walk);
    if (r == 0) r = census_draft_publish(t.draft);
    census_draft_free(t.draft);
    return r;
}

/* ---- the file */

struct manifest_rendering {
    struct guard *guard;
    struct policy *policy;
    struct buf *out;
};

static void manifest_put_hex(struct buf *out, struct bytes digest) {
    char hex[2 * 32 + 1];
    text_hex_encode(digest, hex);
    ignore(buf_append_string(out, hex)); /* sticky */
}

static int manifest_begin(void *context, const struct census_head *head) {
    const struct manifest_rendering *m = context;
    char cursor[CENSUS_CURSOR_LEN_MAX + 1];
    census_cursor_format(&head->now, cursor);
    ignore(buf_append_printf(m->out, "{\"cursor\":\"%s\",\"files\":%" PRIu64 ",\"generation\":%" PRIu64 ",\"instance\":\"%s\",\"policy\":\"", cursor, head->files,
                             head->now.edition, m->policy->conf->instance)); /* sticky: asked for by the next line */
    manifest_put_hex(m->out, bytes_make(engine_digest(m->policy->engine), 32));
    return buf_append_string(m->out, "\"}\n");
}

static int manifest_line(void *context, const struct census_entry *e) {
    const struct manifest_rendering *m = context;
    struct catalog_key key;
    struct catalog_record record;
    if (e->gone) return 0;
    memcpy(key.raw, e->key, sizeof(key.raw));
    ignore(buf_append_string(m->out, "{\"path\":")); /* errors are sticky: the last one is asked for */
    ignore(text_json_string(bytes_from_string(e->path), m->out));
    ignore(buf_append_printf(m->out, ",\"generation\":%" PRIu64, e->changed));
    bool known = catalog_get(m->guard->catalog, &key, &record);
    if (known && record.state == CATALOG_EXACT) {
        ignore(buf_append_printf(m->out, ",\"size\":%" PRIu64 ",\"sha256\":\"", record.view_len));
        manifest_put_hex(m->out, bytes_make(record.digest, sizeof(record.digest)));
        ignore(buf_append_byte(m->out, '"'));
    } else if (known && record.state == CATALOG_REFUSED) {
        ignore(buf_append_printf(m->out, ",\"refused\":\"%s\"", refusal_name(record.refusal)));
    }
    return buf_append_string(m->out, "}\n");
}

int manifest_render(struct guard *g, struct policy *p, struct buf *out) {
    struct manifest_rendering m = { .guard = g, .policy = p, .out = out };
    const struct census_reading reading = { .begin = manifest_begin, .visit = manifest_line, .context = &m };
    return g->census ? census_read(g->census, &reading) : -ENODEV;
}

/* ---- what changed */

struct manifest_telling {
    const struct manifest_sink *sink;
    struct bytes asked;
    struct census_cursor since, now;
    struct buf lines;
};

static int manifest_tell(struct manifest_telling *t, bool last) {
    enum { LINES_LEN = 32 * 1024 };
    int r = buf_error(&t->lines);
    if (r < 0 || (!last && t->lines.len < LINES_LEN)) return r;
    r = t->sink->put(t->sink->context, buf_bytes(&t->lines));
    buf_reset(&t->lines);
    return r;
}

static int manifest_tell_begin(void *context, const struct census_head *head) {
    struct manifest_telling *t = context;
    t->now = head->now;
    t->since.edition = 0;
    if (t->asked.len == 0) return 0;
    if (census_cursor_parse(t->asked, &t->since) && census_cursor_holds(&t->since, head)) return 0;
    t->since.edition = 0;
    return buf_append_string(&t->lines, "start-over\n");
}

static int manifest_tell_entry(void *context, const struct census_entry *e) {
    struct manifest_telling *t = context;
    uint64_t since = t->since.edition;
    if (e->changed <= since || (e->gone && since == 0)) return 0;
    const char *word = e->gone ? "removed" : e->added > since ? "added" : "changed";
    ignore(buf_append_printf(&t->lines, "%s %s\n", word, e->path)); /* sticky: manifest_tell() asks */
    return manifest_tell(t, false);
}

int manifest_changes(struct guard *g, struct bytes cursor, const struct manifest_sink *sink) {
    struct manifest_telling t = { .sink = sink, .asked = cursor };
    const struct census_reading reading = { .begin = manifest_tell_begin, .visit = manifest_tell_entry, .context = &t };
    char text[CENSUS_CURSOR_LEN_MAX + 1];
    buf_init(&t.lines, 1 << 20);
    int r = g->census ? census_read(g->census, &reading) : -ENODEV;
    if (r == 0) {
        census_cursor_format(&t.now, text);
        ignore(buf_append_printf(&t.lines, "cursor %s\n", text)); /* sticky: manifest_tell() asks */
        r = manifest_tell(&t, true);
    }
    buf_release(&t.lines);
    return r;
}
