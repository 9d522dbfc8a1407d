/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a daemon's memory grows by, for each provider, group or connection: its proportional set size before
 * and with many of them. To be run with a fresh daemon each time.
 */

#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "gs.h"
#include "util/paths.h"
#include "wire/client.h"

#define EACH 1000 /* providers of each of the crew: 10,000 in all */
#define CONNECTIONS 3000
#define SETTLE_USEC 500000

static uint64_t before;

static uint64_t pss(pid_t pid) {
        _cleanup_(fclosep) FILE *f = NULL;
        uint64_t kib;
        char path[64], line[128];

        (void) snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int) pid);
        f = fopen(path, "re");
        if (!f)
                die("%s: %s", path, strerror(errno));
        while (fgets(line, sizeof(line), f))
                if (sscanf(line, "Pss: %" SCNu64, &kib) == 1)
                        return kib * 1024;
        die("%s has no Pss", path);
}

static void report(const char *what, unsigned n, const char *must, const char *aim) {
        (void) usleep(SETTLE_USEC);
        row_alone(what, (double) (pss(gs_server()) - before) / n, must, aim);
}

/* ---- providers, in ten groups of a thousand, and groups of one ---- */

static void hold_providers(unsigned rank) {
        int fd = gs_open(&(GsCallbacks){ 0 });
        char name[32];

        (void) snprintf(name, sizeof(name), "providers%u", rank);
        (void) gs_join_many(fd, name, 0, EACH);
        crew_meet();
        if (rank == 0)
                report("a provider, bytes (10,000: 1,000 a group, a connection)", CREW * EACH, "512", "256");
        crew_meet();
}

static void hold_groups(unsigned rank) {
        int fd = gs_open(&(GsCallbacks){ 0 });
        char name[32];

        for (unsigned i = 0; i < EACH; i++) {
                (void) snprintf(name, sizeof(name), "groups%u.%u", rank, i);
                (void) gs_join(name, 0, HA_GS_1_PHASE);
        }
        while (gs_joined() < EACH)
                gs_turn(fd);
        crew_meet();
        if (rank == 0)
                report("a group with its one provider, bytes (10,000)", CREW * EACH, "1536", "768");
        crew_meet();
}

/* ---- connections: by frames, as the library has one a process ---- */

static int connect_frames(void) {
        const ClientHello hello = { .version_min = CLIENT_VERSION_MIN, .version_max = CLIENT_VERSION_MAX };
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        uint8_t frame[FRAME_SIZE_MAX];
        FrameReader body;
        FrameHead head;
        ssize_t n;
        int fd;

        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s/" NAME_SOCKET,
                        getenv("HAGS_RUN_DIRECTORY"), getenv("HA_DOMAIN_NAME"));
        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                die("%s: %s", address.sun_path, strerror(errno));
        n = client_encode_hello(&hello, frame, sizeof(frame));
        if (n < 0 || send(fd, frame, (size_t) n, MSG_NOSIGNAL) != n)
                die("cannot send a hello");
        n = recv(fd, frame, sizeof(frame), 0);
        if (n < 0 || frame_decode_head(frame, (size_t) n, &head, &body) < 0 || head.type != FRAME_WELCOME)
                die("there is no welcome");
        return fd;
}

static void hold_connections(_unused_ unsigned rank) {
        for (unsigned i = 0; i < CONNECTIONS; i++)
                (void) connect_frames();
        report("a connection, bytes (3,000)", CONNECTIONS, "4096", "2048");
}

/* ---- */

static int idle(pid_t bare) {
        row("idle, KiB", (double) pss(gs_server()) / 1024, (double) pss(bare) / 1024, "3072", "1536");
        return EXIT_SUCCESS;
}

int memory_main(int argc, char **argv) {
        static const struct {
                const char *name;
                unsigned n;
                void (*hold)(unsigned rank);
        } kinds[] = {
                { "providers", CREW, hold_providers },
                { "groups", CREW, hold_groups },
                { "connections", 1, hold_connections },
        };

        if (argc < 2)
                die("memory KIND, or memory idle PID");
        if (argc > 2)
                return idle(atoi(argv[2]));

        before = pss(gs_server());
        for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
                if (strcmp(argv[1], kinds[i].name) == 0) {
                        crew_run(kinds[i].n, kinds[i].hold);
                        return EXIT_SUCCESS;
                }
        die("memory of '%s' is not measured", argv[1]);
}
