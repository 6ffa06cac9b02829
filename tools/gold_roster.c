#include "tools/gold_roster.h"

#include <errno.h>

#include "conf/base/text.h"

/* The roster's field of a label; ROSTER_FIELD_COUNT: none. */
static enum roster_field roster_field_of(const char *label) {
    static const struct {
        const char *label;
        enum roster_field field;
    } fields[] = {
        { "NAME", ROSTER_NAME },   { "MRN", ROSTER_MRN },         { "SSN", ROSTER_SSN },     { "PHONE", ROSTER_PHONE },
        { "FAX", ROSTER_FAX },     { "ACCOUNT", ROSTER_ACCOUNT }, { "EMAIL", ROSTER_EMAIL }, { "HEALTH_PLAN", ROSTER_HEALTH_PLAN },
        { "LICENSE", ROSTER_LICENSE },
    };
    for (size_t i = 0; i < array_count(fields); i++) {
        if (strcmp(fields[i].label, label) == 0) return fields[i].field;
    }
    return ROSTER_FIELD_COUNT;
}

static bool is_letter(uint8_t c) {
    return text_is_alpha(c) || c >= 0x80;
}

/* Words of two letters and more. */
static size_t count_words(struct bytes name) {
    size_t count = 0;
    for (size_t i = 0; i < name.len;) {
        size_t begin = i;
        while (i < name.len && is_letter(name.ptr[i])) i++;
        count += i - begin >= 2;
        i += i == begin;
    }
    return count;
}

static struct bytes label_text(const struct gold *g, const struct gold_label *l) {
    return bytes_slice(bytes_make(g->text, g->text_len), l->span);
}

static struct bytes longest_name(const struct gold_set *set, const struct gold *g) {
    struct bytes longest = bytes_make(NULL, 0);
    for (size_t i = 0; i < g->spans.count; i++) {
        struct bytes value = label_text(g, &g->spans.items[i]);
        if (roster_field_of(set->names[g->spans.items[i].name]) == ROSTER_NAME && value.len > longest.len) longest = value;
    }
    return longest;
}

static int put_labels(struct roster_reader *r, const struct gold_set *set, const struct gold *g) {
    bool named = false;
    int e = 0;
    for (size_t i = 0; e == 0 && i < g->spans.count; i++) {
        enum roster_field field = roster_field_of(set->names[g->spans.items[i].name]);
        struct bytes value = label_text(g, &g->spans.items[i]);
        if (field == ROSTER_FIELD_COUNT || (field == ROSTER_NAME && count_words(value) < 2)) continue;
        named |= field == ROSTER_NAME;
        e = roster_put(r, field, value);
    }
    return e < 0 || named ? e : roster_put(r, ROSTER_NAME, longest_name(set, g));
}

int gold_roster_new(const struct gold_set *set, const struct gold *g, struct roster **out_roster) {
    _cleanup_(roster_freep) struct roster *roster = NULL;
    int e = roster_new(&roster);
    if (e < 0) return e;
    struct roster_reader r = { .roster = roster, .path = "gold", .line = 1 };
    e = roster_begin_person(&r);
    if (e == 0) e = put_labels(&r, set, g);
    if (e == 0) e = roster_end_person(&r);
    if (e == 0) e = roster_seal(roster, NULL);
    if (e < 0) return e;
    *out_roster = roster_person_count(roster) > 0 ? take_ptr(roster) : NULL;
    return 0;
}
