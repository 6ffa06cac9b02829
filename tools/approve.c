#include "tools/approve.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "conf/base/text.h"
#include "conf/conf.h"
#include "tools/grant.h"
#include "tools/ledger.h"
#include "tools/tool.h"

static struct {
    const char *config, *reason;
    bool json;
} ask;

static const struct tool_option options[] = {
    { 'c', "config", "FILE", "configuration or instance name (required)", &ask.config },
    { 'r', "reason", "TEXT", "why; its token is recorded (required with ID)", &ask.reason },
    { 0, "json", NULL, "print a JSON object for each request", &ask.json },
};

static const struct tool approve = {
    .name = "deidfs-reidentify approve",
    .operands = "[ID]",
    .summary = "Approves another user's request to re-identify, or lists those that wait for this user.",
    .options = options,
    .option_count = array_count(options),
    .operand_least = 0,
    .operand_most = 1,
    .details = "The digest is the SHA-256 of the text that is to be restored: compare it with sha256sum before approving.\n"
               "Exit status: 0 done, 64 usage, 65 damaged request, 66 no such request or it waited too long, 69 journal failed,\n"
               "77 this user may not, 78 configuration or roles.\n",
    .usage_exit = TOOL_USAGE,
};

static void approve_print(const struct grant_request *r) {
    char digest[65];
    text_hex_encode(bytes_make(r->input_digest, sizeof(r->input_digest)), digest);
    const char *state = ask.json ? (r->is_approved ? "true" : "false") : r->is_approved ? "yes" : "no";
    char line[512];
    int n = ask.json ? snprintf(line, sizeof(line), "{\"id\":\"%s\",\"asker\":%u,\"role\":\"%s\",\"purpose\":\"%s\",\"input\":\"%s\",\"approved\":%s}\n", r->id,
                                (unsigned) r->asker, r->role, r->purpose, digest, state)
                     : snprintf(line, sizeof(line), "%s  user %u  role %s  purpose %s  input %s  approved: %s\n", r->id, (unsigned) r->asker, r->role,
                                r->purpose, digest, state);
    must(n > 0 && (size_t) n < sizeof(line));
    (void) fputs(line, stdout);
}

/* Those that this user could approve; what is damaged or too old is passed over. */
static int approve_list(const struct grant *g, const char *state, struct problem *p) {
    char path[PATH_MAX + 64];
    int n = snprintf(path, sizeof(path), "%s/reidentify/requests", state);
    must(n > 0 && (size_t) n < sizeof(path));
    DIR *dir = opendir(path);
    if (!dir && errno == ENOENT) return TOOL_OK;
    if (!dir) {
        ignore(problem_set(p, -errno, "%s: %s", path, strerrordesc_np(errno)));
        return tool_fail(&approve, TOOL_PERMISSION, p);
    }
    for (const struct dirent *e; (e = readdir(dir));) {
        struct grant_request r;
        struct problem why = { 0 };
        if (strlen(e->d_name) != GRANT_ID_LEN || grant_read_request(g, e->d_name, &r, &why) < 0) continue;
        if (grant_allows_approval(g, &r, &why) == 0) approve_print(&r);
    }
    (void) closedir(dir);
    return tool_flush() < 0 ? TOOL_IO : TOOL_OK;
}

/* The record stands before the deed. */
static int approve_one(const struct grant *g, const struct conf *c, const char *id, struct problem *p) {
    struct grant_request request;
    struct event_range range = { .kind = "approve", .count = 1, .digest = request.input_digest };
    struct event ev = { .type = EVENT_QUERY, .range = &range };
    int r = grant_read_request(g, id, &request, p);
    if (r < 0) return tool_fail(&approve, r == -EBADMSG ? TOOL_DATA : TOOL_NO_INPUT, p);
    r = grant_allows_approval(g, &request, p);
    if (r < 0) return tool_fail(&approve, TOOL_PERMISSION, p);
    ev.purpose = request.purpose;
    r = ledger_append(c, &ev, ask.reason, bytes_make(NULL, 0), p);
    if (r == 0) r = grant_approve(g, &request, p);
    if (r < 0) return tool_fail(&approve, TOOL_UNAVAILABLE, p);
    approve_print(&request);
    return tool_flush() < 0 ? TOOL_IO : TOOL_OK;
}

int approve_main(int argc, char **argv) {
    int first = tool_options(&approve, argc, argv);
    if (!ask.config) tool_usage_error(&approve, "--config is missing");
    if (first < argc) ledger_check_reason(&approve, ask.reason);
    struct problem p = { 0 };
    struct grant g = { .user = 0 };
    _cleanup_(conf_freep) struct conf *c = NULL;
    int r = conf_load(ask.config, &c, &p);
    if (r < 0) return tool_fail(&approve, r == -EACCES ? TOOL_PERMISSION : TOOL_CONFIG, &p);
    r = grant_load(c, &g, &p);
    if (r < 0) return tool_fail(&approve, TOOL_CONFIG, &p);
    int code = first < argc ? approve_one(&g, c, argv[first], &p) : approve_list(&g, c->state, &p);
    grant_release(&g);
    return code;
}
