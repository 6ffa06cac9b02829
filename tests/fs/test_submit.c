#include "fs/submit.h"

#include "fs/control.h"
#include "tests/fs/instance.h"
#include "tests/harness.h"

static struct instance at;

#define H64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define INFER "{\"do\":\"infer\",\"service\":\"rag\",\"model\":\"m\",\"output\":\"" H64 "\"}"
#define QUERY "{\"do\":\"query\",\"kind\":\"patient\",\"to\":3,\"count\":1}"
#define SESSION(user) "{\"do\":\"session\",\"user\":\"" user "\",\"purpose\":\"TREAT\",\"ticket\":\"CHG-1\"}"

static uint64_t journal_size(void) {
    struct journal_status s;
    journal_status(at.guard->journal, &s);
    return s.size;
}

static bool answers(struct submit_peer *peer, const char *line, const char *begin, const char *words) {
    _cleanup_(buf_release) struct buf out;
    buf_init(&out, CONTROL_ANSWER_LEN_MAX);
    submit_line(at.guard, peer, bytes_from_string(line), &out);
    (void) buf_append_byte(&out, '\0');
    bool good = buf_error(&out) == 0 && strncmp((const char *) out.ptr, begin, strlen(begin)) == 0 && strstr((const char *) out.ptr, words);
    if (!good) harness_fail(__FILE__, __LINE__, "%s", (const char *) out.ptr);
    return good;
}

static void begin(void) {
    instance_make(&at, "[access]\nsession_users = daemon\nshared_accounts = games\n[records]\nservices = rag\nmodels = m\nrecorders = daemon\nauditors = bin\n");
    instance_start(&at);
}

TEST(submit, each_right_belongs_to_its_accounts) {
    begin();
    struct submit_peer root = { .pid = (uint32_t) getpid() }, daemon = { .pid = 1, .uid = 1 }, bin = { .pid = 1, .uid = 2 };
    uint64_t before = journal_size();
    CHECK(answers(&root, INFER, "{\"index\":", "") && answers(&root, QUERY, "{\"index\":", ""));
    CHECK(answers(&daemon, INFER, "{\"index\":", "") && answers(&bin, QUERY, "{\"index\":", ""));
    CHECK_INT(journal_size(), before + 4);
    CHECK(answers(&bin, INFER, "{\"error\":", "recorders") && answers(&daemon, QUERY, "{\"error\":", "auditors"));
    CHECK(answers(&root, "{\"do\":\"infer\"}", "{\"error\":", "service") && answers(&root, "{\"", "{\"error\":", "JSON"));
    CHECK_INT(journal_size(), before + 4);
    instance_stop(&at);
}

TEST(submit, only_a_leader_is_bound_and_only_to_whom_it_may_name) {
    begin();
    struct submit_peer other = { .pid = 1, .uid = 3 }, shared = { .pid = 1, .uid = 5 };
    CHECK(answers(&other, SESSION("daemon"), "{\"error\":", "session_binders"));
    CHECK(answers(&shared, SESSION("games"), "{\"error\":", "session_binders")); /* a shared account is nobody, also to itself */
    struct submit_peer root = { .pid = (uint32_t) getpid() };
    CHECK(answers(&root, SESSION("bin"), "{\"error\":", "session_users"));
    uint32_t leader = 0;
    uint64_t start = 0, before = journal_size();
    REQUIRE(actor_kinship(root.pid, &leader, &start) == 0);
    if (leader == root.pid) {
        CHECK(answers(&root, SESSION("daemon"), "{\"index\":", ""));
    } else {
        CHECK(answers(&root, SESSION("daemon"), "{\"error\":", "leader"));
        CHECK_INT(journal_size(), before);
    }
    submit_end(at.guard, &root);
    CHECK_INT(session_count(at.guard->sessions), 0);
    instance_stop(&at);
}

TEST(submit, an_inference_within_a_session_carries_it) {
    begin();
    uint32_t leader = 0;
    struct session bound = { .purpose = "HRESCH", .user = "daemon", .ticket = "t0_x" };
    REQUIRE(actor_kinship((uint32_t) getpid(), &leader, &bound.start) == 0);
    uint32_t of_leader;
    bound.leader = leader;
    if (leader == 0 || actor_kinship(leader, &of_leader, &bound.start) < 0) { /* led from outside our process ids */
        instance_stop(&at);
        return;
    }
    REQUIRE(session_add(at.guard->sessions, &bound) == 0);
    struct submit_peer root = { .pid = (uint32_t) getpid() };
    CHECK(answers(&root, INFER, "{\"index\":", ""));
    root.session = bound.number;
    uint64_t before = journal_size();
    submit_end(at.guard, &root); /* on record */
    CHECK_INT(journal_size(), before + 1);
    submit_end(at.guard, &root);
    CHECK_INT(journal_size(), before + 1);
    instance_stop(&at);
}
