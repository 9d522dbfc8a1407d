/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The layers of configuration: see config.h. What stands in a file is file.c's business. */

#include "config/config.h"

#include <dirent.h>
#include <string.h>

#include "config/file.h"
#include "util/fault.h"
#include "util/paths.h"

#define SUFFIX ".conf"

void config_done(Config *c) {
        free(c->address);
        free(c->log_directory);
        *c = (Config){ 0 };
}

static int config_defaults(Config *ret) {
        Config c = {
                .partition = "default",
                .edit_services = true,
                .log_directory = strdup(PATH_LOG_DIR),
                .log_lines = 5000,
                .log_max_total_size = 5 << 20,
                .log_max_incarnations = 50,
                .engine = ENGINE_LOCAL,
                .settle_time = 3000000,
                .max_connections = 4096,
                .max_memberships = 16384,
                .max_queued_bytes = 64 << 20,
                .max_connection_queued_bytes = 1 << 20,
        };

        if (!c.log_directory)
                return -ENOMEM;
        *ret = c;
        return 0;
}

static int config_copy(const Config *c, Config *ret) {
        _cleanup_(freep) char *address = NULL, *log_directory = NULL;

        address = c->address ? strdup(c->address) : NULL;
        log_directory = strdup(c->log_directory);
        if (!log_directory || (c->address && !address))
                return -ENOMEM;

        *ret = *c;
        ret->address = TAKE_PTR(address);
        ret->log_directory = TAKE_PTR(log_directory);
        return 0;
}

/* What no single key can get wrong. */
static int config_check(const Config *c, char **reterr) {
        if (c->engine == ENGINE_COROSYNC && !c->node_number_set)
                return fault(reterr, -EINVAL,
                                "[Engine] Type=corosync needs [Node] Number=, and no file sets it; "
                                "write this host's number into /etc/hags/hags.conf");
        return 0;
}

/* The names of all files *.conf of a directory, sorted; of one that does not exist, none. */
static int list_directory(const char *path, char ***ret, char **reterr) {
        _cleanup_(strings_freep) char **names = NULL;
        struct dirent *entry;
        int r = 0;
        DIR *d;

        d = opendir(path);
        if (!d && errno != ENOENT)
                return fault(reterr, -errno, "cannot read the directory %s: %s", path, strerror(errno));

        while (d && r >= 0 && (errno = 0, entry = readdir(d))) {
                size_t length = strlen(entry->d_name);

                if (*entry->d_name != '.' && length > strlen(SUFFIX) &&
                                strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX) == 0)
                        r = strings_add_sorted(&names, entry->d_name);
        }
        if (d && r >= 0 && errno != 0)
                r = fault(reterr, -errno, "cannot read the directory %s: %s", path, strerror(errno));
        if (d)
                (void) closedir(d);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(names);
        return 0;
}

/* hags.conf of one layer, and what is in hags.conf.d beside it. */
static int load_layer(const ConfigReader *reader, const char *root, const char *directory, Config *c) {
        _cleanup_(freep) char *main_file = NULL, *dropins = NULL;
        _cleanup_(strings_freep) char **names = NULL;
        int r;

        if (asprintf(&main_file, "%s%s/hags.conf", root, directory) < 0 ||
                        asprintf(&dropins, "%s%s/hags.conf.d", root, directory) < 0)
                return -ENOMEM;

        r = config_file_read(reader, CONFIG_FILE_HOST, main_file, c);
        if (r >= 0)
                r = list_directory(dropins, &names, reader->reterr);

        for (char **name = names; name && *name && r >= 0; name++) {
                _cleanup_(freep) char *path = NULL;

                if (asprintf(&path, "%s/%s", dropins, *name) < 0)
                        return -ENOMEM;
                r = config_file_read(reader, CONFIG_FILE_HOST, path, c);
        }
        return r;
}

int config_load(const char *root, ConfigWarning warn, void *userdata, Config *ret, char **reterr) {
        static const char *const layers[] = { "/usr/lib/hags", "/run/hags", "/etc/hags" };
        const ConfigReader reader = { .warn = warn, .userdata = userdata, .reterr = reterr };
        _cleanup_(config_done) Config c = { 0 };
        int r;

        r = config_defaults(&c);
        for (size_t i = 0; i < ELEMENTSOF(layers) && r >= 0; i++)
                r = load_layer(&reader, root, layers[i], &c);
        if (r >= 0)
                r = config_check(&c, reterr);
        if (r < 0)
                return r;

        *ret = c;
        c = (Config){ 0 };
        return 0;
}

int config_load_partition(const char *root, const char *syspar, ConfigWarning warn, void *userdata,
                Config *c, char **reterr) {
        const ConfigReader reader = { .warn = warn, .userdata = userdata, .reterr = reterr };
        _cleanup_(config_done) Config copy = { 0 };
        _cleanup_(freep) char *path = NULL;
        Config old = *c;
        int r, exists;

        if (asprintf(&path, "%s" PATH_SYSPAR_DIR "/%s" SUFFIX, root, syspar) < 0)
                return -ENOMEM;

        r = config_copy(c, &copy);
        if (r >= 0)
                r = exists = config_file_read(&reader, CONFIG_FILE_PARTITION, path, &copy);
        if (r >= 0)
                r = config_check(&copy, reterr);
        if (r < 0)
                return r;

        *c = copy;
        copy = old;
        return exists;
}

int config_list_partitions(
                const char *root, ConfigWarning warn, void *userdata, char ***ret, char **reterr) {
        const ConfigReader reader = { .warn = warn, .userdata = userdata, .reterr = reterr };
        _cleanup_(strings_freep) char **files = NULL, **names = NULL;
        _cleanup_(freep) char *path = NULL;
        int r;

        if (asprintf(&path, "%s" PATH_SYSPAR_DIR, root) < 0)
                return -ENOMEM;

        r = list_directory(path, &files, reterr);
        for (char **file = files; file && *file && r >= 0; file++) {
                (*file)[strlen(*file) - strlen(SUFFIX)] = 0;
                if (syspar_name_is_valid(*file))
                        r = strings_add_sorted(&names, *file);
                else
                        config_warn(&reader,
                                        "%s/%s" SUFFIX " is not of a partition: that is no valid name, "
                                        "ignoring the file",
                                        path, *file);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(names);
        return 0;
}
