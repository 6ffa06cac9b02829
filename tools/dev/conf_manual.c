/* conf_manual TEMPLATE: prints deidfs.conf(5): the template with the line "@KEYS@" replaced by every key of conf.c's table, so that manual and
 * program cannot differ. Run by the build. */
#include <string.h>

#include "conf/conf.h"

/* roff takes a leading '.' or ''' for a request and '-' for a hyphen. */
static void manual_text(const char *text) {
    if (text[0] == '.' || text[0] == '\'') (void) fputs("\\&", stdout);
    for (const char *c = text; *c; c++) {
        if (*c == '\\') (void) fputs("\\e", stdout);
        else if (*c == '-') (void) fputs("\\-", stdout);
        else (void) putchar(*c);
    }
}

static void manual_keys(void) {
    const char *section = "";
    for (size_t i = 0; conf_key_at(i); i++) {
        const struct conf_key *k = conf_key_at(i);
        if (strcmp(section, k->section) != 0) (void) printf(".SS [%s]\n", k->section);
        section = k->section;
        (void) printf(".TP\n\\fB%s\\fP = \\fI", k->key);
        manual_text(k->type);
        (void) printf("\\fP\n");
        manual_text(k->meaning);
        if (!k->fallback) (void) printf(" Required.\n");
        else if (k->fallback[0] == '\0') (void) printf("\n");
        else {
            (void) printf(" Default: ");
            manual_text(k->fallback);
            (void) printf(".\n");
        }
    }
}

int main(int argc, char **argv) {
    FILE *template = argc == 2 ? fopen(argv[1], "re") : NULL;
    if (!template) return 64;
    char line[4096];
    while (fgets(line, sizeof(line), template)) {
        if (strcmp(line, "@KEYS@\n") == 0) manual_keys();
        else (void) fputs(line, stdout);
    }
    bool failed = ferror(template) != 0;
    (void) fclose(template); /* only read */
    return failed || fflush(stdout) != 0 ? 74 : 0;
}
