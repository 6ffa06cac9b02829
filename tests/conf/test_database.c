#include "conf/database.h"

#include "tests/harness.h"

static void check_ports(const char *url, size_t count, uint16_t first, uint16_t second) {
    struct database_ports p;
    database_ports(url, &p);
    bool right = p.count == count && (count < 1 || p.port[0] == first) && (count < 2 || p.port[1] == second);
    if (!right) harness_fail(__FILE__, __LINE__, "%s: %zu ports, first %u", url, p.count, p.count ? (unsigned) p.port[0] : 0u);
}

TEST(database, a_socket_of_this_machine_needs_no_network) {
    check_ports("", 0, 0, 0);
    check_ports("postgresql:///vault", 0, 0, 0);
    check_ports("postgresql:///vault?host=/run/postgresql&user=deidfs", 0, 0, 0);
    check_ports("postgresql://deidfs@%2Frun%2Fpostgresql/vault", 0, 0, 0);
    check_ports("postgresql://deidfs@/vault?port=6000", 0, 0, 0);
}

TEST(database, another_host_needs_its_port_and_no_other) {
    check_ports("postgresql://db.example/vault", 1, 5432, 0);
    check_ports("postgres://deidfs@db.example:6432/vault?sslmode=verify-full", 1, 6432, 0);
    check_ports("postgresql://db.example/vault?port=6000", 1, 6000, 0);
    check_ports("postgresql:///vault?host=db.example&port=6000", 1, 6000, 0);
    check_ports("postgresql:///vault?hostaddr=10.0.0.7", 1, 5432, 0);
    check_ports("postgresql://a:6001,b:6002/vault", 2, 6001, 6002);
    check_ports("postgresql://a,b/vault", 1, 5432, 0);
    check_ports("postgresql://[fd00::7]:6432/vault", 1, 6432, 0);
    check_ports("postgresql://[fd00::7]/vault", 1, 5432, 0);
    check_ports("postgresql://127.0.0.1", 1, 5432, 0);
    check_ports("postgresql://x:99999/vault", 1, 5432, 0);
}
