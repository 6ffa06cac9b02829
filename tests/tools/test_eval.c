/* deidfs-eval as its users run it. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/harness.h"
#include "tests/program.h"

static char gold_path[4096], other_path[4096];

static const char *write_at(char *path, size_t len, const char *name, const char *text) {
    ignore(snprintf(path, len, "%s/%s", harness_temp_dir(), name)); /* fits */
    FILE *f = fopen(path, "w");
    REQUIRE(f && fputs(text, f) >= 0 && fclose(f) == 0);
    return path;
}

static const char *gold(void) {
    return write_at(gold_path, sizeof(gold_path), "gold.jsonl",
                    "{\"id\":\"a\",\"text\":\"MRN: 00482913 seen.\",\"spans\":[{\"start\":5,\"end\":13,\"type\":\"MRN\"}],\"optional\":[]}\n"
                    "{\"id\":\"b\",\"text\":\"The abdomen is soft.\",\"spans\":[{\"start\":4,\"end\":11,\"type\":\"NAME\"}],\"optional\":[]}\n");
}

TEST(eval, the_table_tells_leaks_by_class) {
    struct program_result r;
    PROGRAM(&r, "tools/deidfs-eval", gold());
    CHECK_INT(r.exit, 0);
    CHECK(strstr(program_out(&r), "documents with a leak 1 of 2") != NULL);
    CHECK(strstr(program_out(&r), "| MRN            |      1 | 1.0000 |") != NULL);
    CHECK(strstr(program_out(&r), "| NAME           |      1 | 0.0000 |") != NULL);
    program_release(&r);
}

TEST(eval, json_holds_files_and_total) {
    struct program_result r;
    PROGRAM(&r, "tools/deidfs-eval", "--json", gold());
    CHECK_INT(r.exit, 0);
    CHECK(strstr(program_out(&r), "\"files\":[{\"path\":") != NULL);
    CHECK(strstr(program_out(&r), "\"total\":{\"path\":\"all files\",\"documents\":2,\"documents_leaked\":1,") != NULL);
    program_release(&r);
}

TEST(eval, errors_show_what_leaked_and_where) {
    struct program_result r;
    PROGRAM(&r, "tools/deidfs-eval", "--errors", "5", gold());
    CHECK(strstr(program_out(&r), "leak NAME b: The [[abdomen]] is soft.") != NULL);
    program_release(&r);
}

TEST(eval, another_systems_predictions_stand_beside_ours) {
    struct program_result r;
    const char *other = write_at(other_path, sizeof(other_path), "other.jsonl", "{\"id\":\"b\",\"spans\":[{\"start\":4,\"end\":11,\"type\":\"PERSON\"}]}\n");
    PROGRAM(&r, "tools/deidfs-eval", "--compare", other, gold());
    CHECK_INT(r.exit, 0);
    CHECK(strstr(program_out(&r), "| NAME           |      1 | 0.0000 | 0.0000-0.7935 | 0.0000 |      7 | 0.0000 | 1.0000 | 1.0000 |      0 |") != NULL);
    program_release(&r);
}

TEST(eval, a_floor_that_does_not_hold_is_the_negative_result) {
    struct program_result r;
    const char *low = write_at(other_path, sizeof(other_path), "low.floors", "# ours\nrecall_span MRN 1.0\nprecision 1.0\nover_per_kb_max 0\n");
    PROGRAM(&r, "tools/deidfs-eval", "--floors", low, gold());
    CHECK_INT(r.exit, 0);
    program_release(&r);
    const char *high = write_at(other_path, sizeof(other_path), "high.floors", "recall_span NAME 0.5\n");
    PROGRAM(&r, "tools/deidfs-eval", "--floors", high, gold());
    CHECK_INT(r.exit, 1);
    CHECK(strstr(program_err(&r), "recall_span NAME is 0.0000, the floor is 0.5000") != NULL);
    program_release(&r);
    const char *odd = write_at(other_path, sizeof(other_path), "odd.floors", "beauty 1.0\n");
    PROGRAM(&r, "tools/deidfs-eval", "--floors", odd, gold());
    CHECK_INT(r.exit, 65);
    program_release(&r);
}

TEST(eval, bad_input_is_named) {
    struct program_result r;
    PROGRAM(&r, "tools/deidfs-eval", "/nonexistent.jsonl");
    CHECK_INT(r.exit, 66);
    program_release(&r);
    PROGRAM(&r, "tools/deidfs-eval");
    CHECK_INT(r.exit, 64);
    program_release(&r);
    PROGRAM(&r, "tools/deidfs-eval", "--profile", "loose", gold());
    CHECK_INT(r.exit, 78);
    program_release(&r);
}

/* The one line of the reference scorer that holds recall and leaks, and the one that holds precision, from our JSON. */
static void check_agrees(const char *shared, const char *set) {
    char path[4096], script[4096], predictions[4096], command[13000], line[512], ours[2048];
    ignore(snprintf(path, sizeof(path), "%s/corpora/dev/%s.jsonl", shared, set));                  /* cut paths do not open */
    ignore(snprintf(script, sizeof(script), "%s/corpora/score.py", shared));
    ignore(snprintf(predictions, sizeof(predictions), "%s/predictions.jsonl", harness_temp_dir()));
    if (access(path, R_OK) < 0) SKIP("no evaluation set");
    struct program_result r;
    PROGRAM(&r, "tools/deidfs-eval", "--json", "--predictions", predictions, path);
    REQUIRE(r.exit == 0);
    const char *total = strstr(program_out(&r), "\"total\":");
    REQUIRE(total != NULL);
    unsigned long long documents, leaked, spans, bytes, leak_bytes;
    double precision, over, recall, low, high, touched, typed;
    int n = sscanf(total, "\"total\":{\"path\":\"all files\",\"documents\":%llu,\"documents_leaked\":%llu,\"documents_refused\":%*u,\"precision\":%lf,"
                          "\"over_per_kb\":%lf,\"all\":{\"spans\":%llu,\"recall_span\":%lf,\"low\":%lf,\"high\":%lf,\"recall_any\":%lf,\"type\":%lf,"
                          "\"bytes\":%llu,\"leak_bytes\":%llu",
                   &documents, &leaked, &precision, &over, &spans, &recall, &low, &high, &touched, &typed, &bytes, &leak_bytes);
    CHECK_INT(n, 12);
    program_release(&r);
    ignore(snprintf(command, sizeof(command), "python3 '%s' '%s' '%s'", script, path, predictions)); /* fits: three paths */
    FILE *reference = popen(command, "r");
    REQUIRE(reference != NULL);
    ignore(snprintf(ours, sizeof(ours), "docs %llu  docs with a leak %llu  spans %llu  recall_span %.4f  recall_any %.4f  leak_bytes %llu/%llu\n",
                    documents, leaked, spans, recall, touched, leak_bytes, bytes)); /* fits */
    CHECK(fgets(line, sizeof(line), reference) != NULL);
    CHECK_STRING(line, ours);
    ignore(snprintf(ours, sizeof(ours), "precision_span %.4f  over_per_kb %.3f\n", precision, over)); /* fits */
    CHECK(fgets(line, sizeof(line), reference) != NULL);
    CHECK_STRING(line, ours);
    while (fgets(line, sizeof(line), reference)) continue; /* the classes: it would fail on a closed pipe */
    CHECK_INT(pclose(reference), 0);
}

TEST(eval, agrees_with_the_reference_scorer_on_every_set) {
    static const char *const sets[] = { "adversarial", "aci_notes", "clean", "presidio_unit", "presidio_research", "openmed_golden", "nannigalaxy", "x12",
                                        "formats", "ccda", "aci_dialogues", "hl7v2", "planted", "fhir" };
    const char *shared = harness_shared_dir();
    if (!shared) SKIP("no ../shared");
    for (size_t i = 0; i < array_count(sets); i++) check_agrees(shared, sets[i]);
}
