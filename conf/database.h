/* database: what [instance] database asks of the network, read from its URL as libpq does, so that the walls around the mount open that much and no
 * more (fs/sandbox.c). Threads: pure. Source: PostgreSQL documentation, "Connection URIs". */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { DATABASE_PORTS_MAX = 8, DATABASE_PORT_DEFAULT = 5432 };

struct database_ports {
    uint16_t port[DATABASE_PORTS_MAX];
    size_t count; /* 0: a socket of this machine, or no database at all */
};
void database_ports(const char *url, struct database_ports *out);
