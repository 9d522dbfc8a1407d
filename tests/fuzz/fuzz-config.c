/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of configuration: any bytes are a configuration, or an error with a sentence; what was loaded is
 * within its limits; written out again key by key it loads to the same. The first byte of an input says
 * which kind of file the rest is.
 */

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool right, const char *law) {
        if (right)
                return;
        fprintf(stderr, "law broken: %s\n", law);
        abort();
}

/* ---- a root directory with the two files ---- */

static char root[] = "/dev/shm/fuzz-config-XXXXXX";
static char host_file[128], partition_file[128];
static char directories[3][128];

static void remove_root(void) {
        (void) unlink(host_file);
        (void) unlink(partition_file);
        for (size_t i = ELEMENTSOF(directories); i > 0; i--)
                (void) rmdir(directories[i - 1]);
        (void) rmdir(root);
}

static void make_root(void) {
        static const char *const names[] = { "/etc", "/etc/hags", "/etc/hags/syspar.d" };

        check(mkdtemp(root), "a directory can be made");
        for (size_t i = 0; i < ELEMENTSOF(directories); i++) {
                (void) snprintf(directories[i], sizeof(directories[i]), "%s%s", root, names[i]);
                check(mkdir(directories[i], 0755) == 0, "a directory can be made");
        }
        (void) snprintf(host_file, sizeof(host_file), "%s/etc/hags/hags.conf", root);
        (void) snprintf(partition_file, sizeof(partition_file), "%s/etc/hags/syspar.d/p.conf", root);
        (void) atexit(remove_root);
}

static void write_file(const char *path, const void *data, size_t size) {
        FILE *f = fopen(path, "we");

        check(f && fwrite(data, 1, size, f) == size && fclose(f) == 0, "a file can be written");
}

/* ---- the laws ---- */

static void count_warning(void *userdata, const char *text) {
        check(strncmp(text, root, strlen(root)) == 0, "a warning names the file");
        (*(unsigned *) userdata)++;
}

static int load(Config *ret, unsigned *ret_warnings) {
        _cleanup_(config_done) Config c = { 0 };
        _cleanup_(freep) char *error = NULL;
        int r;

        *ret_warnings = 0;
        r = config_load(root, count_warning, ret_warnings, &c, &error);
        if (r >= 0)
                r = config_load_partition(root, "p", count_warning, ret_warnings, &c, &error);
        if (r < 0) {
                check(r == -EINVAL && error, "an error has a sentence");
                return r;
        }

        *ret = c;
        c = (Config){ 0 };
        return 0;
}

static void check_limits(const Config *c) {
        char address[sizeof(struct in6_addr)];

        check(c->node_number <= NODE_NUMBER_MAX, "the node number is in range");
        check(c->node_number_set || c->node_number == 0, "a node number does not come from nowhere");
        check(syspar_name_is_valid(c->partition), "the partition has a valid name");
        check(!c->address || inet_pton(AF_INET, c->address, address) == 1 ||
                      inet_pton(AF_INET6, c->address, address) == 1,
              "the address is one");
        check(*c->log_directory == '/' && !strchr(c->log_directory, '\n'), "the log directory is absolute");
        check(c->log_lines > 0 && c->log_max_total_size > 0, "a log has room");
        check(c->log_max_incarnations > 0, "a log is kept");
        check(c->engine == ENGINE_LOCAL || c->node_number_set, "corosync has a node number");
        check(c->settle_time <= UINT64_C(3600000000), "settling ends");
        check(c->max_connections > 0 && c->max_memberships > 0, "somebody may connect and join");
        check(c->max_queued_bytes >= 65536 && c->max_connection_queued_bytes >= 65536, "a frame may wait");
}

static void write_configuration(const Config *c) {
        FILE *f = fopen(host_file, "we");

        check(f, "a file can be written");
        if (c->node_number_set)
                (void) fprintf(f, "[Node]\nNumber=%u\n", c->node_number);
        (void) fprintf(f, "[Partition]\nName=%s\nHACWS=%d\nEditServices=%d\n", c->partition, c->hacws,
                       c->edit_services);
        (void) fprintf(f, "[Limits]\nConnections=%u\nMemberships=%u\n", c->max_connections,
                       c->max_memberships);
        (void) fprintf(f, "QueuedBytes=%" PRIu64 "\nConnectionQueuedBytes=%" PRIu64 "\n",
                       c->max_queued_bytes, c->max_connection_queued_bytes);
        check(fclose(f) == 0, "a file can be written");

        f = fopen(partition_file, "we");
        check(f, "a file can be written");
        if (c->address)
                (void) fprintf(f, "[Partition]\nAddress=%s\n", c->address);
        (void) fprintf(f, "[Log]\nDirectory=%s\nLines=%" PRIu64 "\n", c->log_directory, c->log_lines);
        (void) fprintf(f, "MaxTotalSize=%" PRIu64 "\nMaxIncarnations=%u\n", c->log_max_total_size,
                       c->log_max_incarnations);
        (void) fprintf(f, "[Engine]\nType=%s\nQuorum=%d\nSettleTime=%" PRIu64 "ms\n",
                       c->engine == ENGINE_LOCAL ? "local" : "corosync", c->quorum, c->settle_time / 1000);
        check(fclose(f) == 0, "a file can be written");
}

static bool same(const Config *a, const Config *b) {
        return a->node_number == b->node_number && a->node_number_set == b->node_number_set &&
               strcmp(a->partition, b->partition) == 0 && a->hacws == b->hacws &&
               a->edit_services == b->edit_services && !a->address == !b->address &&
               (!a->address || strcmp(a->address, b->address) == 0) &&
               strcmp(a->log_directory, b->log_directory) == 0 && a->log_lines == b->log_lines &&
               a->log_max_total_size == b->log_max_total_size &&
               a->log_max_incarnations == b->log_max_incarnations && a->engine == b->engine &&
               a->quorum == b->quorum && a->settle_time == b->settle_time &&
               a->max_connections == b->max_connections && a->max_memberships == b->max_memberships &&
               a->max_queued_bytes == b->max_queued_bytes &&
               a->max_connection_queued_bytes == b->max_connection_queued_bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(config_done) Config c = { 0 }, again = { 0 };
        unsigned warnings;

        if (size == 0)
                return 0;
        if (!*host_file)
                make_root();

        write_file(host_file, data + 1, data[0] % 2 == 0 ? size - 1 : 0);
        write_file(partition_file, data + 1, data[0] % 2 == 0 ? 0 : size - 1);
        if (load(&c, &warnings) < 0)
                return 0;

        check_limits(&c);
        write_configuration(&c);
        check(load(&again, &warnings) == 0, "what was written loads");
        check(warnings == 0, "what was written is known");
        check(same(&c, &again), "what was written loads to the same");
        return 0;
}
