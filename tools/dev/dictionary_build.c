/* dictionary_build OUT.bin LIST…: packs list files into the image that engines load (redact/dictionary.h). Runs at build time. */
#include <errno.h>
#include <fcntl.h>

#include "conf/base/io.h"
#include "redact/dictionary.h"

enum { BUILD_LIST_LEN_MAX = 64 << 20, BUILD_IMAGE_LEN_MAX = 256 << 20, BUILD_ENTRIES_MAX = 4 << 20,
       BUILD_ROOM = 40000 /* for the keywords of rules and a site's lists */ };

static int build_fail(const char *what, int error) {
    (void) fprintf(stderr, "dictionary_build: %s: %s\n", what, strerror(-error));
    return 1;
}

static int build_add_all(struct dictionary *d, int count, char **paths) {
    for (int i = 0; i < count; i++) {
        _cleanup_(buf_release) struct buf text;
        struct problem p = { 0 };
        buf_init(&text, BUILD_LIST_LEN_MAX);
        int r = io_read_file_at(AT_FDCWD, paths[i], &text);
        if (r < 0) return build_fail(paths[i], r);
        r = dictionary_add_list(d, buf_bytes(&text), paths[i], &p);
        if (r < 0) return build_fail(p.text, r);
    }
    return 0;
}

int main(int argc, char **argv) {
    _cleanup_(dictionary_freep) struct dictionary *counted = NULL, *d = NULL;
    _cleanup_(buf_release) struct buf image;
    buf_init(&image, BUILD_IMAGE_LEN_MAX);
    if (argc < 2) return build_fail("usage: dictionary_build OUT.bin LIST…", -EINVAL);
    /* Twice: how many entries there are is known once they are in. */
    int r = dictionary_new(BUILD_ENTRIES_MAX, &counted);
    if (r < 0) return build_fail("table", r);
    if (build_add_all(counted, argc - 2, argv + 2) != 0) return 1;
    r = dictionary_new(counted->entry_count + BUILD_ROOM, &d);
    if (r < 0) return build_fail("table", r);
    if (build_add_all(d, argc - 2, argv + 2) != 0) return 1;
    r = dictionary_write(d, &image);
    if (r == 0) r = io_replace_file_at(AT_FDCWD, argv[1], buf_bytes(&image), 0644);
    return r < 0 ? build_fail(argv[1], r) : 0;
}
