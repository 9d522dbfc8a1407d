/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the unit tells the daemon: see environment.h. */

#include "hagsd/environment.h"

#include <arpa/inet.h>
#include <string.h>

#include "util/fault.h"
#include "util/macro.h"
#include "util/parse.h"
#include "util/paths.h"
#include "util/syspar-name.h"

/* A number of the registration, which must be there. `what` it is called in the message. */
static int read_number(const char *variable, const char *what, uint64_t min, uint64_t max, uint64_t *ret,
                char **reterr) {
        const char *text = secure_getenv(variable);

        if (!text)
                return fault(reterr, -ENODATA,
                                "the partition is not registered: %s, its %s, is not set; "
                                "add it with 'hagsctrl -a'",
                                variable, what);
        if (parse_u64(text, min, max, ret) < 0)
                return fault(reterr, -EINVAL,
                                "the registration is damaged: %s='%s' is no %s; "
                                "write it again with 'hagsctrl -a'",
                                variable, text, what);
        return 0;
}

static int read_address(char **ret, char **reterr) {
        const char *text = secure_getenv("HAGS_ADDRESS");
        struct in6_addr address;

        if (!text)
                return 0;
        if (inet_pton(AF_INET, text, &address) != 1 && inet_pton(AF_INET6, text, &address) != 1)
                return fault(reterr, -EINVAL,
                                "the registration is damaged: HAGS_ADDRESS='%s' is no IP address; "
                                "write it again with 'hagsctrl -a'",
                                text);

        *ret = strdup(text);
        return *ret ? 0 : -ENOMEM;
}

/* The directory that systemd names, else the one that it would. */
static int read_directory(const char *variable, const char *parent, const char *syspar, char **ret) {
        const char *path = secure_getenv(variable);

        if (path)
                *ret = strdup(path);
        else if (asprintf(ret, "%s/%s", parent, syspar) < 0)
                *ret = NULL;
        return *ret ? 0 : -ENOMEM;
}

int environment_read(const char *syspar, Environment *ret, char **reterr) {
        _cleanup_(freep) char *address = NULL, *runtime = NULL, *state = NULL;
        uint64_t node = 0, port = 0;
        int r;

        r = read_number("HAGS_NODE", "node number", 0, NODE_NUMBER_MAX, &node, reterr);
        if (r < 0)
                return r;
        r = read_number("HAGS_PORT", "port number", 1, UINT16_MAX, &port, reterr);
        if (r < 0)
                return r;
        r = read_address(&address, reterr);
        if (r < 0)
                return r;
        r = read_directory("RUNTIME_DIRECTORY", PATH_RUN_DIR, syspar, &runtime);
        if (r < 0)
                return r;
        r = read_directory("STATE_DIRECTORY", PATH_STATE_DIR, syspar, &state);
        if (r < 0)
                return r;

        *ret = (Environment){
                .node_number = (unsigned) node,
                .port = (uint16_t) port,
                .address = TAKE_PTR(address),
                .runtime_directory = TAKE_PTR(runtime),
                .state_directory = TAKE_PTR(state),
        };
        return 0;
}

void environment_done(Environment *e) {
        free(e->address);
        free(e->runtime_directory);
        free(e->state_directory);
        *e = (Environment){ 0 };
}
