#include "redact/sidecar.h"

#include <errno.h>

#include "tests/harness.h"

/* A disk of two files. */
struct disk {
    const char *path[2], *text[2];
    int error;
};

static int disk_read(void *context, const char *path, struct buf *out) {
    const struct disk *d = context;
    if (d->error) return d->error;
    for (size_t i = 0; i < 2; i++) {
        if (d->path[i] && strcmp(d->path[i], path) == 0) return buf_append_string(out, d->text[i]);
    }
    return -ENOENT;
}

TEST(sidecar, places_are_those_of_every_folder_on_the_way) {
    char place[SIDECAR_PATH_LEN];
    static const char *const places[] = { ".deidfs-patient.csv", ".deidfs-patient.json", ".deidfs-patient.hl7", "a/.deidfs-patient.csv",
                                          "a/.deidfs-patient.json", "a/.deidfs-patient.hl7", "a/b/.deidfs-patient.csv" };
    for (size_t i = 0; i < array_count(places); i++) {
        REQUIRE(sidecar_place("a/b/note.txt", i, place));
        CHECK_STRING(place, places[i]);
    }
    CHECK(!sidecar_place("a/b/note.txt", 9, place));
    CHECK(sidecar_is_name(".deidfs-patient.csv") && sidecar_is_name(".deidfs-patient.bak") && !sidecar_is_name("deidfs-patient.csv"));
}

TEST(sidecar, folders_add_up) {
    struct disk d = { { ".deidfs-patient.csv", "a/.deidfs-patient.json" }, { "last\nQuillan\n", "{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"Voss\"}]}" }, 0 };
    struct roster *r = NULL;
    REQUIRE(sidecar_load("a/note.txt", disk_read, &d, &r) == 0 && r);
    CHECK_INT(roster_person_count(r), 2);
    roster_freep(&r);
    REQUIRE(sidecar_load("b/note.txt", disk_read, &d, &r) == 0 && r);
    CHECK_INT(roster_person_count(r), 1);
    roster_free(r);
}

TEST(sidecar, none_is_none_and_a_broken_one_is_an_error) {
    struct disk none = { .error = 0 }, broken = { { "a/.deidfs-patient.csv", NULL }, { "colour\nred\n", NULL }, 0 }, failing = { .error = -EIO };
    struct roster *r = NULL;
    CHECK_INT(sidecar_load("a/note.txt", disk_read, &none, &r), 0);
    CHECK(r == NULL);
    CHECK_INT(sidecar_load("a/note.txt", disk_read, &broken, &r), -EBADMSG);
    CHECK_INT(sidecar_load("a/note.txt", disk_read, &failing, &r), -EIO);
    CHECK(r == NULL);
}
