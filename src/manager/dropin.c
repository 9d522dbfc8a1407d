/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Registration and tracing as drop-ins of the unit: see dropin.h. */

#include "manager/dropin.h"

#include <glob.h>
#include <string.h>
#include <sys/stat.h>

#include "util/fault.h"
#include "util/parse.h"
#include "util/paths.h"
#include "util/strings.h"

#define DROPIN_SIZE_MAX (64 * 1024)
#define DIRECTORY_PREFIX PATH_UNIT_DIR "/hags@"
#define DIRECTORY_SUFFIX ".service.d"

static const char *const file_names[_DROPIN_MAX] = {
        [DROPIN_SUBSYSTEM] = "10-subsystem.conf",
        [DROPIN_TRACE] = "50-trace.conf",
};

/* ---- the registration as text ---- */

void registration_done(Registration *r) {
        free(r->address);
        free(r->log_directory);
        *r = (Registration){ 0 };
}

/* A path as systemd.syntax(7) and its specifiers want it. */
static void print_quoted(FILE *f, const char *path) {
        (void) fputc('"', f);
        for (; *path; path++) {
                if (*path == '"' || *path == '\\')
                        (void) fputc('\\', f);
                else if (*path == '%')
                        (void) fputc('%', f);
                (void) fputc(*path, f);
        }
        (void) fputc('"', f);
}

int registration_format(const char *syspar, const Registration *r, Bytes *ret) {
        Bytes b = { 0 };
        FILE *f;

        f = open_memstream(&b.data, &b.size);
        if (!f)
                return -ENOMEM;

        (void) fprintf(f,
                        "# The registration of system partition %s. Written by hagsctrl -a, removed by "
                        "hagsctrl -d.\n"
                        "# To change it, change hags.conf and run hagsctrl -a again.\n"
                        "[Service]\n"
                        "Environment=HAGS_PORT=%u\n"
                        "Environment=HAGS_NODE=%u\n",
                        syspar, (unsigned) r->port, r->node_number);
        if (r->address)
                (void) fprintf(f, "Environment=HAGS_ADDRESS=%s\n", r->address);
        if (r->log_directory) {
                (void) fputs("ReadWritePaths=-", f);
                print_quoted(f, r->log_directory);
                (void) fputc('\n', f);
        }

        if (fclose(f) != 0) {
                bytes_done(&b);
                return -ENOMEM;
        }
        *ret = b;
        return 0;
}

static int parse_line(const char *line, Registration *r) {
        static const char port[] = "Environment=HAGS_PORT=", node[] = "Environment=HAGS_NODE=",
                          address[] = "Environment=HAGS_ADDRESS=";
        uint64_t value;
        int error;

        if (strncmp(line, port, strlen(port)) == 0) {
                error = parse_u64(line + strlen(port), 1, UINT16_MAX, &value);
                if (error >= 0)
                        r->port = (uint16_t) value;
                return error;
        }
        if (strncmp(line, node, strlen(node)) == 0) {
                error = parse_u64(line + strlen(node), 0, NODE_NUMBER_MAX, &value);
                if (error >= 0)
                        r->node_number = (unsigned) value;
                return error;
        }
        if (strncmp(line, address, strlen(address)) == 0) {
                free(r->address);
                r->address = strdup(line + strlen(address));
                return r->address ? 0 : -ENOMEM;
        }
        return 0;
}

int registration_parse(const Bytes *file, Registration *ret) {
        _cleanup_(registration_done) Registration r = { .node_number = NODE_NUMBER_MAX + 1 };
        _cleanup_(freep) char *copy = NULL;
        char *save = NULL;
        int error;

        copy = strndup(file->data, file->size);
        if (!copy)
                return -ENOMEM;

        for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                error = parse_line(line, &r);
                if (error < 0)
                        return error == -ENOMEM ? error : -EBADMSG;
        }
        if (r.port == 0 || r.node_number > NODE_NUMBER_MAX)
                return -EBADMSG;

        *ret = r;
        r = (Registration){ 0 };
        return 0;
}

Bytes dropin_trace_content(void) {
        static char text[] = "# Long tracing. Written by hagsctrl -t, removed by hagsctrl -o.\n"
                             "[Service]\n"
                             "Environment=HAGS_TRACE=long\n";

        return (Bytes){ .data = text, .size = strlen(text) };
}

/* ---- the files ---- */

static int directory_path(const char *syspar, char **ret) {
        return asprintf(ret, DIRECTORY_PREFIX "%s" DIRECTORY_SUFFIX, syspar) < 0 ? -ENOMEM : 0;
}

int dropin_path(const char *syspar, Dropin which, char **ret) {
        return asprintf(ret, DIRECTORY_PREFIX "%s" DIRECTORY_SUFFIX "/%s", syspar, file_names[which]) < 0
                               ? -ENOMEM
                               : 0;
}

int dropin_read(const char *syspar, Dropin which, Bytes *ret) {
        _cleanup_(freep) char *path = NULL;
        int r;

        r = dropin_path(syspar, which, &path);
        if (r < 0)
                return r;

        r = file_read(path, DROPIN_SIZE_MAX, ret);
        if (r == -ENOENT || r == -ENOTDIR)
                return 0;
        return r < 0 ? r : 1;
}

bool dropin_exists(const char *syspar, Dropin which) {
        _cleanup_(freep) char *path = NULL;
        struct stat st;

        return dropin_path(syspar, which, &path) >= 0 && stat(path, &st) >= 0 && S_ISREG(st.st_mode);
}

int dropin_check(const char *syspar, Dropin which, char **reterr) {
        _cleanup_(freep) char *directory = NULL, *path = NULL;
        struct stat st;
        int r;

        if (directory_path(syspar, &directory) < 0 || dropin_path(syspar, which, &path) < 0)
                return -ENOMEM;

        if (lstat(directory, &st) < 0) {
                if (errno != ENOENT)
                        return fault(reterr, -errno, "cannot look at %s: %s", directory, strerror(errno));
                r = file_check_replaceable(directory);
                if (r < 0)
                        return fault(reterr, r, "cannot make %s: %s", directory, strerror(-r));
                return 0;
        }
        if (stat(directory, &st) < 0)
                return fault(reterr, -errno, "%s is a symbolic link that leads nowhere; remove it",
                                directory);
        if (!S_ISDIR(st.st_mode))
                return fault(reterr, -ENOTDIR,
                                "%s is not a directory, but must be one for the unit's drop-ins; move it "
                                "away",
                                directory);

        r = file_check_replaceable(path);
        if (r < 0)
                return fault(reterr, r, "cannot write %s: %s", path, strerror(-r));
        return 0;
}

int dropin_store(const char *syspar, Dropin which, const Bytes *content, char **reterr) {
        _cleanup_(freep) char *directory = NULL, *path = NULL;
        int r;

        if (directory_path(syspar, &directory) < 0 || dropin_path(syspar, which, &path) < 0)
                return -ENOMEM;

        r = directory_make(directory, 0755);
        if (r < 0)
                return fault(reterr, r, "cannot make %s: %s", directory, strerror(-r));

        r = file_replace(path, content->data, content->size, 0644);
        if (r < 0)
                return fault(reterr, r, "cannot write %s: %s", path, strerror(-r));
        return 0;
}

int dropin_remove(const char *syspar, Dropin which, char **reterr) {
        _cleanup_(freep) char *directory = NULL, *path = NULL;
        int r, removed;

        if (directory_path(syspar, &directory) < 0 || dropin_path(syspar, which, &path) < 0)
                return -ENOMEM;

        removed = file_remove(path);
        if (removed < 0)
                return fault(reterr, removed, "cannot remove %s: %s", path, strerror(-removed));

        /* Other drop-ins (systemctl edit makes them) are not ours: the directory then stays. */
        if (rmdir(directory) >= 0) {
                r = directory_sync_parent(directory);
                if (r < 0)
                        return fault(reterr, r, "cannot write %s: %s", PATH_UNIT_DIR, strerror(-r));
        }
        return removed;
}

/* ---- all of them ---- */

static int match(const char *pattern, glob_t *ret) {
        int r = glob(pattern, GLOB_NOSORT, NULL, ret);

        return r == GLOB_NOSPACE ? -ENOMEM : r == GLOB_ABORTED ? -EIO : 0;
}

int dropin_list(char ***ret, char **reterr) {
        _cleanup_(strings_freep) char **list = NULL;

        for (Dropin which = 0; which < _DROPIN_MAX; which++) {
                _cleanup_(freep) char *pattern = NULL;
                _cleanup_(globfree) glob_t found = { 0 };
                int r;

                r = dropin_path("*", which, &pattern);
                if (r >= 0)
                        r = match(pattern, &found);
                for (size_t i = 0; r >= 0 && i < found.gl_pathc; i++) {
                        char *name = found.gl_pathv[i] + strlen(DIRECTORY_PREFIX);

                        *strrchr(name, '/') = 0;
                        name[strlen(name) - strlen(DIRECTORY_SUFFIX)] = 0;
                        if (syspar_name_is_valid(name))
                                r = strings_add_sorted(&list, name);
                }
                if (r < 0)
                        return fault(reterr, r, "cannot list the registrations in %s: %s", PATH_UNIT_DIR,
                                        strerror(-r));
        }

        *ret = TAKE_PTR(list);
        return 0;
}

void dropin_sweep(void) {
        _cleanup_(globfree) glob_t directories = { 0 };

        files_sweep(DIRECTORY_PREFIX "*" DIRECTORY_SUFFIX "/.*" FILE_TEMPORARY_SUFFIX);
        if (match(DIRECTORY_PREFIX "*" DIRECTORY_SUFFIX, &directories) < 0)
                return;
        for (size_t i = 0; i < directories.gl_pathc; i++)
                (void) rmdir(directories.gl_pathv[i]);
}
