#include "conf/database.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "conf/base/bytes.h"
#include "conf/base/text.h"

/* "", "/run/postgresql", "%2Frun…", "@abstract": a socket file. */
static bool database_host_is_local(struct bytes host) {
    if (host.len == 0 || host.ptr[0] == '/' || host.ptr[0] == '@') return true;
    return host.len >= 3 && host.ptr[0] == '%' && host.ptr[1] == '2' && (host.ptr[2] == 'F' || host.ptr[2] == 'f');
}

static void database_put(struct database_ports *p, struct bytes port) {
    uint64_t n = 0;
    if (!text_parse_u64(port, &n) || n == 0 || n > UINT16_MAX) n = DATABASE_PORT_DEFAULT;
    for (size_t i = 0; i < p->count; i++) {
        if (p->port[i] == n) return;
    }
    if (p->count < DATABASE_PORTS_MAX) p->port[p->count++] = (uint16_t) n;
}

static struct bytes database_until(struct bytes in, const char *ends) {
    size_t len = 0;
    while (len < in.len && !strchr(ends, in.ptr[len])) len++;
    return bytes_make(in.ptr, len);
}

/* The value of "?host=…&port=…"; NULL pointer: not given. */
static struct bytes database_parameter(struct bytes query, const char *name) {
    size_t len = strlen(name);
    while (query.len > 0) {
        struct bytes one = database_until(query, "&");
        if (one.len > len && memcmp(one.ptr, name, len) == 0 && one.ptr[len] == '=') return bytes_make(one.ptr + len + 1, one.len - len - 1);
        size_t skip = one.len < query.len ? one.len + 1 : one.len;
        query = bytes_make(query.ptr + skip, query.len - skip);
    }
    return bytes_make(NULL, 0);
}

/* One of "host:port,host:port"; an address of IPv6 stands in brackets. */
static void database_read_host(struct database_ports *p, struct bytes item, struct bytes port) {
    size_t name_len = item.len > 0 && item.ptr[0] == '[' ? database_until(item, "]").len : database_until(item, ":").len;
    if (database_host_is_local(bytes_make(item.ptr, name_len))) return;
    const uint8_t *colon = name_len < item.len ? memchr(item.ptr + name_len, ':', item.len - name_len) : NULL;
    database_put(p, colon ? bytes_make(colon + 1, item.len - (size_t) (colon + 1 - item.ptr)) : port);
}

void database_ports(const char *url, struct database_ports *out) {
    struct database_ports p = { .count = 0 };
    const char *scheme = strstr(url, "://");
    *out = p;
    if (!scheme) return;
    struct bytes rest = bytes_from_string(scheme + 3), authority = database_until(rest, "/?");
    struct bytes tail = bytes_make(rest.ptr + authority.len, rest.len - authority.len), path = database_until(tail, "?");
    struct bytes query = path.len < tail.len ? bytes_make(tail.ptr + path.len + 1, tail.len - path.len - 1) : bytes_make(NULL, 0);
    const uint8_t *at = authority.len > 0 ? memrchr(authority.ptr, '@', authority.len) : NULL;
    struct bytes hosts = at ? bytes_make(at + 1, authority.len - (size_t) (at + 1 - authority.ptr)) : authority;
    struct bytes given = database_parameter(query, "host"), address = database_parameter(query, "hostaddr"), port = database_parameter(query, "port");
    if (given.len > 0) hosts = given;
    if (address.len > 0) hosts = address;
    while (hosts.len > 0) {
        struct bytes item = database_until(hosts, ",");
        if (address.len > 0) database_put(&p, port); /* addresses hold colons of their own */
        else database_read_host(&p, item, database_until(port, ","));
        size_t skip = item.len < hosts.len ? item.len + 1 : item.len;
        hosts = bytes_make(hosts.ptr + skip, hosts.len - skip);
    }
    *out = p;
}
