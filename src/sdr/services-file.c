/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /etc/services on disk: see services-file.h. */

#include "sdr/services-file.h"

#include <string.h>

#include "sdr/services.h"
#include "util/fault.h"

/* Far above any real one; a limit all the same, because the whole file is held in memory. */
#define SERVICES_SIZE_MAX ((size_t) 1 << 30)

/* A line in a message: its beginning, without bytes that a terminal would obey. */
#define SHOWN_MAX 80

int services_file_read(const char *path, Bytes *ret, char **reterr) {
        int r;

        r = file_read(path, SERVICES_SIZE_MAX, ret);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return fault(reterr, r, "cannot read %s: %s", path, strerror(-r));
        return 1;
}

static const char *why_not(int error) {
        switch (error) {
        case -EROFS:
                return "it is on a read-only file system; remount it, or set EditServices=no in hags.conf";
        case -EPERM:
                return "it or its directory is immutable; use chattr -i, or set EditServices=no in "
                       "hags.conf";
        case -EBUSY:
                return "it is a mount point; unmount it, or set EditServices=no in hags.conf";
        case -ENOLINK:
                return "it is a symbolic link that leads nowhere; mend the link";
        default:
                return strerror(-error);
        }
}

/* Replace the file by `content`, or only find out whether that could be done. */
static int change(const char *path, const Bytes *content, bool dry, char **reterr) {
        int r;

        r = file_check_replaceable(path);
        if (r >= 0 && !dry)
                r = file_replace(path, content->data, content->size, 0644);
        if (r < 0)
                return fault(reterr, r, "cannot replace %s: %s", path, why_not(r));
        return 1;
}

static int conflict(const char *path, const char *syspar, uint16_t port, const ServicesLine *line,
                char **reterr) {
        char shown[SHOWN_MAX + 1];
        size_t n;

        for (n = 0; n < line->length && n < SHOWN_MAX; n++) {
                unsigned char c = (unsigned char) line->text[n];

                shown[n] = c == '\t' ? ' ' : c < ' ' || c == 0x7f ? '?' : (char) c;
        }
        shown[n] = 0;

        return fault(reterr, -EEXIST,
                        "%s line %zu, \"%s\", gives hags.%s another port than the %u of the SDR; correct or "
                        "remove that line",
                        path, line->number, shown, syspar, (unsigned) port);
}

int services_file_add(const char *path, const char *syspar, uint16_t port, bool dry, char **reterr) {
        _cleanup_(bytes_done) Bytes file = { 0 };
        ServicesLine line;
        int r;

        r = services_file_read(path, &file, reterr);
        if (r < 0)
                return r;

        r = services_add(&file, syspar, port, &line);
        if (r == SERVICES_E_UNCHANGED)
                return 0;
        if (r == SERVICES_E_CONFLICT)
                return conflict(path, syspar, port, &line, reterr);
        if (r < 0)
                return r;

        return change(path, &file, dry, reterr);
}

int services_file_remove(const char *path, const char *syspar, bool dry, char **reterr) {
        _cleanup_(bytes_done) Bytes file = { 0 };
        int r;

        r = services_file_read(path, &file, reterr);
        if (r <= 0)
                return r;

        r = services_remove(&file, syspar);
        if (r == SERVICES_E_UNCHANGED)
                return 0;
        if (r != SERVICES_E_EMPTY)
                return change(path, &file, dry, reterr);

        r = dry ? file_check_replaceable(path) : file_remove(path);
        if (r < 0)
                return fault(reterr, r, "cannot remove %s: %s", path, why_not(r));
        return 1;
}
