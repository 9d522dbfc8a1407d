/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hags-deactivate: runs one deactivate script as the client that named it. The only privileged part of Group
 * Services at run time; systemd starts it for each connection of hagsd to its socket.
 */

#include <pwd.h>
#include <string.h>
#include <sysexits.h>

#include "deactivate/serve.h"
#include "util/fault.h"
#include "util/macro.h"
#include "util/paths.h"

static int help(void) {
        (void) printf("usage: hags-deactivate [--help | --version]\n"
                      "Runs a deactivate script of Group Services. It is started by systemd, for hagsd, as\n"
                      "hags-deactivate@.service; see hags-deactivate(8).\n");
        return EX_OK;
}

static int version(void) {
        (void) printf("hags-deactivate " HAGS_VERSION "\n");
        return EX_OK;
}

/* One line, whatever the path of a script has in it. */
static void complain(const char *text) {
        for (; *text; text++)
                (void) fputc((unsigned char) *text < ' ' || *text == 0x7f ? '?' : *text, stderr);
        (void) fputc('\n', stderr);
}

static int run(void) {
        _cleanup_(freep) char *message = NULL;
        const struct passwd *user;
        int r;

        errno = 0;
        user = getpwnam(NAME_USER);
        if (!user)
                r = fault(&message, -ENOENT, "there is no user " NAME_USER ": %s",
                                errno ? strerror(errno) : "make it with systemd-sysusers");
        else
                r = serve(STDIN_FILENO, user->pw_uid, &message);
        if (r >= 0)
                return EX_OK;

        complain(fault_text(message, r));
        return EXIT_FAILURE;
}

int main(int argc, char **argv) {
        if (argc == 2 && strcmp(argv[1], "--help") == 0)
                return help();
        if (argc == 2 && strcmp(argv[1], "--version") == 0)
                return version();
        if (argc != 1) {
                complain("there are no arguments: this program is run by systemd, for hagsd");
                return EX_USAGE;
        }
        return run();
}
