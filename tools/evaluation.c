#include "tools/evaluation.h"

#include <errno.h>
#include <stdlib.h>

#include "conf/base/size.h"
#include "tools/tool.h"

enum { EVAL_CONTEXT_LEN = 48, EVAL_JSON_LEN_MAX = 64 << 20 };

struct evaluation *evaluation_new(size_t file_count_max) {
    struct evaluation *r = calloc(1, sizeof(*r));
    if (!r) return NULL;
    r->files = calloc(file_count_max + 1, sizeof(*r->files));
    if (!r->files) {
        free(r);
        return NULL;
    }
    return r;
}

void evaluation_free(struct evaluation *r) {
    if (!r) return;
    for (size_t i = 0; r->predictions && i < r->set.count; i++) free(r->predictions[i].items);
    free(r->predictions);
    free(r->files);
    gold_set_release(&r->set);
    engine_free(r->engine);
    free(r);
}

const char *evaluation_entity_name(uint16_t name) {
    return name >= EVALUATION_REFUSED ? "REFUSED" : entity_name((enum entity) name);
}

/* ---- scoring ---- */

static void entity_names(char names[ENTITY_COUNT + 1][GOLD_NAME_LEN_MAX + 1]) {
    for (uint16_t i = 0; i <= ENTITY_COUNT; i++)
        ignore(snprintf(names[i], GOLD_NAME_LEN_MAX + 1, "%s", evaluation_entity_name(i))); /* our names fit */
}

static size_t file_begin(const struct evaluation *r, size_t file) {
    return file == 0 ? 0 : r->files[file - 1].end;
}

static int score_file(struct evaluation *r, size_t file, const struct gold_set *other, const char (*names)[GOLD_NAME_LEN_MAX + 1]) {
    static const struct gold_labels none = { 0 };
    struct evaluation_file *f = &r->files[file];
    for (size_t i = file_begin(r, file); i < f->end; i++) {
        const struct gold *g = &r->set.items[i];
        const struct gold_labels *ours = &r->predictions[i];
        f->score.documents_refused += ours->count == 1 && ours->items[0].name == EVALUATION_REFUSED;
        int e = score_add(&f->score, &(struct score_document) { &r->set, g, ours, names }, NULL, NULL);
        if (e < 0) return e;
        if (!other) continue;
        const struct gold *theirs = gold_find(other, g->id);
        const struct score_document d = { &r->set, g, theirs ? &theirs->spans : &none, other->names };
        e = score_add(&f->other, &d, NULL, NULL);
        if (e < 0) return e;
    }
    score_merge(&r->total, &f->score);
    score_merge(&r->other_total, &f->other);
    return 0;
}

int evaluation_score(struct evaluation *r, const struct gold_set *other) {
    char names[ENTITY_COUNT + 1][GOLD_NAME_LEN_MAX + 1];
    entity_names(names);
    r->compared = other;
    for (size_t i = 0; i < r->file_count; i++) {
        int e = score_file(r, i, other, names);
        if (e < 0) return e;
    }
    return 0;
}

/* ---- tables ---- */

static double share(uint64_t part, uint64_t of) {
    return (double) part / (double) (of ? of : 1);
}

static double per_thousand(const struct score *s) {
    return 1000 * share(s->over_bytes, s->rest_bytes);
}

static double precision(const struct score *s) {
    return share(s->predictions_right, s->predictions_right + s->predictions_wrong);
}

static void print_class(const char *name, const struct score_class *c, const struct score_class *other) {
    double low, high;
    score_interval(c->full, c->count, &low, &high);
    (void) printf("| %-14s | %6llu | %.4f | %.4f-%.4f | %.4f | %6llu | %.4f |", name, (unsigned long long) c->count,
                  share(c->full, c->count), low, high, share(c->touched, c->count), (unsigned long long) c->bytes_leaked,
                  share(c->typed, c->count));
    if (other) (void) printf(" %.4f | %.4f | %6llu |", share(other->full, other->count), share(other->touched, other->count),
                             (unsigned long long) other->bytes_leaked);
    (void) putchar('\n');
}

static void print_measures(const struct score *s) {
    (void) printf("documents with a leak %llu of %llu (%.2f %% clean)  precision %.4f  over-redaction %.3f per 1,000",
                  (unsigned long long) s->documents_leaked, (unsigned long long) s->documents,
                  100 * (1 - share(s->documents_leaked, s->documents)), precision(s), per_thousand(s));
    if (s->protect.count)
        (void) printf("  protected zones hit %llu of %llu (%.3f %%)", (unsigned long long) s->protect.hit,
                      (unsigned long long) s->protect.count, 100 * share(s->protect.hit, s->protect.count));
    if (s->documents_refused) (void) printf("  refused %llu", (unsigned long long) s->documents_refused);
    (void) putchar('\n');
}

/* Most frequent classes first: indices of names with any span. */
static size_t order_classes(const struct evaluation *r, const struct score *s, uint16_t out[GOLD_NAME_COUNT_MAX]) {
    size_t count = 0;
    for (uint16_t i = 0; i < r->set.name_count; i++) {
        if (s->classes[i].count == 0) continue;
        size_t at = count++;
        for (; at > 0 && s->classes[out[at - 1]].count < s->classes[i].count; at--) out[at] = out[at - 1];
        out[at] = i;
    }
    return count;
}

static void print_score(const struct evaluation *r, const char *title, const struct score *s, const struct score *other) {
    uint16_t order[GOLD_NAME_COUNT_MAX];
    size_t count = order_classes(r, s, order);
    (void) printf("\n## %s\n", title);
    print_measures(s);
    if (other) {
        (void) printf("%s: ", r->compare_path);
        print_measures(other);
    }
    (void) printf("\n| %-14s | %6s | %-6s | %-13s | %-6s | %6s | %-6s |%s\n", "class", "spans", "recall", "95 %", "any", "leaked", "type",
                  other ? " other  | any    | leaked |" : "");
    (void) printf("|%.16s|%.8s|%.8s|%.15s|%.8s|%.8s|%.8s|%s\n", "----------------", "--------", "--------", "---------------", "--------",
                  "--------", "--------", other ? "--------|--------|--------|" : "");
    print_class("all", &s->all, other ? &other->all : NULL);
    for (size_t i = 0; i < count; i++)
        print_class(r->set.names[order[i]], &s->classes[order[i]], other ? &other->classes[order[i]] : NULL);
    for (size_t i = 0; i < r->set.name_count; i++) {
        if (s->kinds[i].count == 0) continue;
        (void) printf("protect %-10s %6llu hit %llu (%.2f %%)\n", r->set.names[i], (unsigned long long) s->kinds[i].count,
                      (unsigned long long) s->kinds[i].hit, 100 * share(s->kinds[i].hit, s->kinds[i].count));
    }
}

int evaluation_print_tables(const struct evaluation *r) {
    for (size_t i = 0; i < r->file_count; i++)
        print_score(r, r->files[i].path, &r->files[i].score, r->compared ? &r->files[i].other : NULL);
    if (r->file_count > 1) print_score(r, "all files", &r->total, r->compared ? &r->other_total : NULL);
    size_t len = 0;
    for (size_t i = 0; i < r->set.count; i++) len += r->set.items[i].text_len;
    (void) printf("\n%zu documents, %.1f MB in %.2f s\n", r->set.count, (double) len / 1e6, r->seconds);
    return 0;
}

/* ---- JSON ---- */

static void json_class(struct buf *b, const char *name, const struct score_class *c) {
    double low, high;
    score_interval(c->full, c->count, &low, &high);
    ignore(tool_json_string(b, bytes_from_string(name))); /* sticky error, checked by the caller */
    ignore(buf_append_printf(b, ":{\"spans\":%llu,\"recall_span\":%.6f,\"low\":%.6f,\"high\":%.6f,\"recall_any\":%.6f,\"type\":%.6f",
                             (unsigned long long) c->count, share(c->full, c->count), low, high, share(c->touched, c->count),
                             share(c->typed, c->count)));
    ignore(buf_append_printf(b, ",\"bytes\":%llu,\"leak_bytes\":%llu}", (unsigned long long) c->bytes,
                             (unsigned long long) c->bytes_leaked));
}

static void json_score(const struct evaluation *r, struct buf *b, const struct score *s) {
    uint16_t order[GOLD_NAME_COUNT_MAX];
    size_t count = order_classes(r, s, order);
    ignore(buf_append_printf(b, "\"documents\":%llu,\"documents_leaked\":%llu,\"documents_refused\":%llu,\"precision\":%.6f,"
                                "\"over_per_kb\":%.6f,",
                             (unsigned long long) s->documents, (unsigned long long) s->documents_leaked,
                             (unsigned long long) s->documents_refused, precision(s), per_thousand(s)));
    json_class(b, "all", &s->all);
    ignore(buf_append_string(b, ",\"classes\":{"));
    for (size_t i = 0; i < count; i++) {
        if (i > 0) ignore(buf_append_byte(b, ','));
        json_class(b, r->set.names[order[i]], &s->classes[order[i]]);
    }
    ignore(buf_append_string(b, "},\"protect\":{"));
    bool first = true;
    for (size_t i = 0; i < r->set.name_count; i++) {
        if (s->kinds[i].count == 0) continue;
        if (!first) ignore(buf_append_byte(b, ','));
        first = false;
        ignore(tool_json_string(b, bytes_from_string(r->set.names[i])));
        ignore(buf_append_printf(b, ":{\"zones\":%llu,\"hit\":%llu}", (unsigned long long) s->kinds[i].count,
                                 (unsigned long long) s->kinds[i].hit));
    }
    ignore(buf_append_byte(b, '}'));
}

static void json_file(const struct evaluation *r, struct buf *b, const char *path, const struct score *s, const struct score *other) {
    ignore(buf_append_string(b, "{\"path\":"));
    ignore(tool_json_string(b, bytes_from_string(path)));
    ignore(buf_append_byte(b, ','));
    json_score(r, b, s);
    if (r->compared) {
        ignore(buf_append_string(b, ",\"other\":{"));
        json_score(r, b, other);
        ignore(buf_append_byte(b, '}'));
    }
    ignore(buf_append_byte(b, '}'));
}

int evaluation_print_json(const struct evaluation *r) {
    struct buf b;
    buf_init(&b, EVAL_JSON_LEN_MAX);
    ignore(buf_append_printf(&b, "{\"version\":\"%s\",\"seconds\":%.6f,\"files\":[", DEIDFS_VERSION, r->seconds));
    for (size_t i = 0; i < r->file_count; i++) {
        if (i > 0) ignore(buf_append_byte(&b, ','));
        json_file(r, &b, r->files[i].path, &r->files[i].score, &r->files[i].other);
    }
    ignore(buf_append_string(&b, "],\"total\":"));
    json_file(r, &b, "all files", &r->total, &r->other_total);
    ignore(buf_append_string(&b, "}\n"));
    int e = buf_error(&b);
    if (e == 0 && fwrite(b.ptr, 1, b.len, stdout) != b.len) e = -EIO;
    buf_release(&b);
    return e;
}

/* ---- errors ---- */

struct listing {
    const struct evaluation *run;
    const struct gold_labels *predictions;
    size_t shown[3][GOLD_NAME_COUNT_MAX];
};

static void print_text(const struct gold *g, struct span s) {
    for (size_t i = s.begin; i < s.end; i++) {
        char c = g->text[i];
        (void) fputs(c == '\n' ? "⏎" : c == '\r' ? "" : c == '\t' ? "→" : (char[]) { c, 0 }, stdout);
    }
}

static bool is_continuation(char c) {
    return ((uint8_t) c & 0xC0) == 0x80;
}

static void list_error(void *context, enum score_error error, const struct gold *g, struct span s, uint16_t name) {
    static const char *const words[] = { "leak", "over", "zone" };
    struct listing *l = context;
    if (name >= GOLD_NAME_COUNT_MAX || l->shown[error][name]++ >= l->run->errors_max) return;
    size_t begin = s.begin > EVAL_CONTEXT_LEN ? s.begin - EVAL_CONTEXT_LEN : 0;
    size_t end = size_min(s.end + EVAL_CONTEXT_LEN, g->text_len);
    while (begin > 0 && is_continuation(g->text[begin])) begin--;
    while (end < g->text_len && is_continuation(g->text[end])) end++;
    (void) printf("%s %s %s: ", words[error], error == SCORE_OVER ? evaluation_entity_name(name) : l->run->set.names[name], g->id);
    print_text(g, (struct span) { begin, s.begin });
    (void) fputs("[[", stdout);
    print_text(g, s);
    (void) fputs("]]", stdout);
    print_text(g, (struct span) { s.end, end });
    (void) putchar('\n');
}

int evaluation_print_errors(const struct evaluation *r) {
    char names[ENTITY_COUNT + 1][GOLD_NAME_LEN_MAX + 1];
    entity_names(names);
    struct listing l = { .run = r };
    struct score unused = { 0 };
    (void) putchar('\n');
    for (size_t i = 0; i < r->set.count; i++) {
        const struct score_document d = { &r->set, &r->set.items[i], &r->predictions[i], names };
        int e = score_add(&unused, &d, list_error, &l);
        if (e < 0) return e;
    }
    return 0;
}

/* ---- floors ---- */

static const struct score_class *find_class(const struct evaluation *r, const char *name) {
    if (!name[0]) return &r->total.all;
    for (size_t i = 0; i < r->set.name_count; i++) {
        if (strcmp(r->set.names[i], name) == 0) return &r->total.classes[i];
    }
    return NULL;
}

/* What the word measures; *out_most tells that the number in the file is a ceiling. False for an unknown word. */
static bool floor_measure(const struct evaluation *r, const char *word, const char *class, double *out_value, bool *out_most) {
    const struct score *s = &r->total;
    const struct score_class *c = find_class(r, class);
    *out_most = strcmp(word, "over_per_kb_max") == 0 || strcmp(word, "protect_max") == 0;
    if (strcmp(word, "recall_span") == 0 && c) *out_value = share(c->full, c->count);
    else if (strcmp(word, "recall_any") == 0 && c) *out_value = share(c->touched, c->count);
    else if (strcmp(word, "precision") == 0) *out_value = precision(s);
    else if (strcmp(word, "documents_clean") == 0) *out_value = 1 - share(s->documents_leaked, s->documents);
    else if (strcmp(word, "over_per_kb_max") == 0) *out_value = per_thousand(s);
    else if (strcmp(word, "protect_max") == 0) *out_value = share(s->protect.hit, s->protect.count);
    else return false;
    return true;
}

static int check_floor(const struct evaluation *r, const char *line, struct problem *p) {
    char word[32] = "", class[GOLD_NAME_LEN_MAX + 1] = "";
    double bound = 0, value = 0;
    bool most = false;
    if (line[strspn(line, " \t\r\n")] == '#' || line[strspn(line, " \t\r\n")] == '\0') return 0;
    if (sscanf(line, "%31s %31[A-Z_] %lf", word, class, &bound) != 3) {
        class[0] = '\0';
        if (sscanf(line, "%31s %lf", word, &bound) != 2) return problem_set(p, -EBADMSG, "not a floor: %.60s", line);
    }
    if (!floor_measure(r, word, class, &value, &most)) return problem_set(p, -EBADMSG, "unknown measure or class: %.60s", line);
    if (most ? value <= bound : value >= bound) return 0;
    ignore(problem_set(p, 0, "%s %s is %.4f, the %s is %.4f", word, class, value, most ? "ceiling" : "floor", bound));
    return EVALUATION_BELOW_FLOOR;
}

int evaluation_check_floors(const struct evaluation *r, const char *path, struct problem *p) {
    FILE *f = fopen(path, "re");
    if (!f) return problem_set(p, -errno, "%s: %s", path, strerror(errno));
    char line[256];
    int e = 0;
    while (e == 0 && fgets(line, sizeof(line), f)) e = check_floor(r, line, p);
    ignore(fclose(f)); /* read only */
    return e;
}
