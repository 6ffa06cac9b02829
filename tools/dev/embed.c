/* embed OUT.c SYMBOL FILE…: a C file that links the files' bytes into the program as an array of struct embedded (redact/engine.h). Runs at
 * build time; the assembler copies the bytes, so that megabytes cost the compiler nothing. */
#include <stdio.h>
#include <string.h>

static const char *embed_base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

int main(int argc, char **argv) {
    if (argc < 3) return fprintf(stderr, "usage: embed OUT.c SYMBOL FILE…\n"), 1;
    FILE *out = fopen(argv[1], "w");
    if (!out) return perror(argv[1]), 1;
    (void) fprintf(out, "#include \"redact/engine.h\"\n\n");
    for (int i = 3; i < argc; i++) {
        (void) fprintf(out, "__asm__(\".section .rodata\\n.balign 64\\n%s_%d:\\n.incbin \\\"%s\\\"\\n%s_%d_end:\\n.byte 0\\n.previous\");\n", argv[2], i,
                       argv[i], argv[2], i);
        (void) fprintf(out, "extern const uint8_t %s_%d[] __attribute__((visibility(\"hidden\")));\n", argv[2], i);
        (void) fprintf(out, "extern const uint8_t %s_%d_end[] __attribute__((visibility(\"hidden\")));\n", argv[2], i);
    }
    (void) fprintf(out, "const struct embedded %s[] = {\n", argv[2]);
    for (int i = 3; i < argc; i++) {
        (void) fprintf(out, "    { \"%s\", %s_%d, %s_%d_end },\n", embed_base_name(argv[i]), argv[2], i, argv[2], i);
    }
    (void) fprintf(out, "    { 0 },\n};\nconst size_t %s_count = %d;\n", argv[2], argc - 3);
    return fclose(out) == 0 ? 0 : 1;
}
