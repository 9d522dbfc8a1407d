/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which instances are enabled: see enablement.h. */

#include "manager/enablement.h"

#include <dirent.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "manager/unit-name.h"
#include "util/fault.h"
#include "util/macro.h"
#include "util/paths.h"
#include "util/strings.h"

#define WANTS_DIR PATH_UNIT_DIR "/" NAME_TARGET ".wants"
#define TARGET_LINK PATH_UNIT_DIR "/multi-user.target.wants/" NAME_TARGET

static bool link_exists(const char *path) {
        struct stat st;

        return lstat(path, &st) >= 0;
}

bool enablement_instance(const char *syspar) {
        char path[sizeof(WANTS_DIR "/" UNIT_PREFIX UNIT_SUFFIX) + SYSPAR_NAME_MAX];

        (void) snprintf(path, sizeof(path), WANTS_DIR "/" UNIT_PREFIX "%s" UNIT_SUFFIX, syspar);
        return link_exists(path);
}

bool enablement_target(void) {
        return link_exists(TARGET_LINK);
}

static void closedirp(DIR **d) {
        if (*d)
                (void) closedir(*d);
}

int enablement_list(char ***list, char **reterr) {
        _cleanup_(closedirp) DIR *d = NULL;
        struct dirent *entry;
        int r;

        d = opendir(WANTS_DIR);
        if (!d)
                return errno == ENOENT ? 0
                                       : fault(reterr, -errno, "cannot read " WANTS_DIR ": %s",
                                                         strerror(errno));

        while ((errno = 0, entry = readdir(d))) {
                char syspar[SYSPAR_NAME_MAX + 1];

                r = unit_name_parse(entry->d_name, syspar) ? strings_add_sorted(list, syspar) : 0;
                if (r < 0)
                        return r;
        }
        if (errno != 0)
                return fault(reterr, -errno, "cannot read " WANTS_DIR ": %s", strerror(errno));
        return 0;
}

/* A masked unit is a link to /dev/null (or an empty file) of that name, in /etc or until reboot in /run. */
static bool is_masked(const char *directory, const char *syspar) {
        char path[PATH_MAX];
        struct stat st;

        (void) snprintf(path, sizeof(path), "%s/" UNIT_PREFIX "%s" UNIT_SUFFIX, directory, syspar);
        return stat(path, &st) >= 0 && (S_ISCHR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_size == 0));
}

bool enablement_is_masked(const char *syspar) {
        static const char *const directories[] = { PATH_UNIT_DIR, "/run/systemd/system" };

        for (size_t i = 0; i < ELEMENTSOF(directories); i++)
                if (is_masked(directories[i], syspar) || is_masked(directories[i], ""))
                        return true;
        return false;
}
