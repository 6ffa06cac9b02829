/* tag: the tagger alone, without rules, over labelled documents: predictions for measuring. Spans are bytes of the document.
 *
 * usage: tag --lists DIR --model MODEL [--every-word] [--score PER_MILLE] [--time] FILE.jsonl … > predictions.jsonl */
#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <sysexits.h>
#include <time.h>

#include "conf/base/io.h"
#include "tools/dev/sample.h"

struct tag {
    struct dictionary *dictionary;
    struct tagger *tagger;
    struct tagger_scratch *scratch;
    struct sample_text text;
    struct tagger_options options;
    unsigned score_min;
    unsigned rounds;
    double scan_s, tag_s;
    size_t bytes, words;
};

static double tag_now(void) {
    struct timespec now;
    (void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

static void tag_document(struct tag *t, json_t *document) {
    json_t *text = json_object_get(document, "text");
    double begin = tag_now();
    sample_text_scan(&t->text, t->dictionary, json_string_value(text), json_string_length(text));
    double middle = tag_now();
    const struct finding *findings = NULL;
    size_t count = 0;
    for (unsigned round = 0; round < t->rounds; round++) {
        if (tagger_run(t->scratch, &t->text.scan, &t->options, &findings, &count) < 0) errx(EX_OSERR, "out of memory");
    }
    t->scan_s += middle - begin;
    t->tag_s += (tag_now() - middle) / t->rounds;
    t->bytes += json_string_length(text);
    t->words += t->text.scan.word_count;
    json_t *spans = json_array();
    for (size_t i = 0; i < count; i++) {
        if (findings[i].score < t->score_min) continue;
        struct span at = map_span(&t->text.map, findings[i].span);
        json_array_append_new(spans, json_pack("{s:I, s:I, s:s, s:i}", "start", (json_int_t) at.begin, "end", (json_int_t) at.end, "type",
                                               entity_name(findings[i].entity), "score", (int) findings[i].score));
    }
    json_t *line = json_pack("{s:O, s:o}", "id", json_object_get(document, "id"), "spans", spans);
    (void) json_dumpf(line, stdout, JSON_COMPACT);
    (void) putchar('\n');
    json_decref(line);
}

static void tag_file(struct tag *t, const char *path) {
    FILE *file = fopen(path, "re");
    if (file == NULL) err(EX_NOINPUT, "%s", path);
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len = 0;
    while ((len = getline(&line, &capacity, file)) > 0) {
        json_t *document = json_loadb(line, (size_t) len, 0, NULL);
        if (document == NULL) errx(EX_DATAERR, "%s: not JSON lines", path);
        tag_document(t, document);
        json_decref(document);
    }
    free(line);
    (void) fclose(file);
}

int main(int argc, char **argv) {
    static const struct option options[] = { { "lists", 1, NULL, 'l' }, { "model", 1, NULL, 'm' }, { "every-word", 0, NULL, 'e' },
                                             { "score", 1, NULL, 's' }, { "time", 0, NULL, 't' },  { 0 } };
    const char *lists = NULL, *model = NULL;
    struct tag t = { .rounds = 1 };
    bool timed = false;
    int c = 0;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'l')
            lists = optarg;
        else if (c == 'm')
            model = optarg;
        else if (c == 'e')
            t.options.every_word = true;
        else if (c == 's')
            t.score_min = (unsigned) strtoul(optarg, NULL, 10);
        else if (c == 't')
            timed = true;
        else
            return EX_USAGE;
    }
    if (!lists || !model || optind == argc)
        errx(EX_USAGE, "usage: tag --lists DIR --model MODEL [--every-word] [--score PER_MILLE] [--time] FILE.jsonl … > predictions.jsonl");
    if (timed) t.rounds = 1;
    struct buf image;
    buf_init(&image, 64 << 20);
    if (io_read_file_at(AT_FDCWD, model, &image) < 0) err(EX_NOINPUT, "%s", model);
    if (tagger_load(buf_bytes(&image), &t.tagger) < 0) errx(EX_DATAERR, "%s: not a model", model);
    t.dictionary = sample_dictionary(lists);
    if (tagger_scratch_new(t.tagger, t.dictionary, &t.scratch) < 0) errx(EX_OSERR, "out of memory");
    sample_text_init(&t.text);
    for (int i = optind; i < argc; i++) tag_file(&t, argv[i]);
    if (timed) {
        (void) fprintf(stderr, "%zu bytes, %zu words; fold and scan %.1f MB/s; tagger %.1f MB/s, %.1f ns a word\n", t.bytes, t.words,
                       (double) t.bytes / t.scan_s / 1e6, (double) t.bytes / t.tag_s / 1e6, t.tag_s * 1e9 / (double) t.words);
    }
    sample_text_release(&t.text);
    tagger_scratch_free(t.scratch);
    tagger_free(t.tagger);
    dictionary_free(t.dictionary);
    buf_release(&image);
    return 0;
}
