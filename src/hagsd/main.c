/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsd: the Group Services daemon of one system partition. */

#include <string.h>

#include "hagsd/daemon.h"

static int help(void) {
        (void) printf("usage: hagsd SYSPAR | --help | --version\n"
                      "The Group Services daemon of system partition SYSPAR. It is started by systemd, as\n"
                      "hags@SYSPAR.service; see hagsctrl(8) and hagsd(8).\n");
        return EXIT_SUCCESS;
}

static int version(void) {
        (void) printf("hagsd " HAGS_VERSION "\n");
        return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
        /* First thing: a trace signal that is sent to a daemon just starting must wait, not kill it. */
        daemon_block_signals();

        if (argc == 2 && strcmp(argv[1], "--help") == 0)
                return help();
        if (argc == 2 && strcmp(argv[1], "--version") == 0)
                return version();

        return daemon_main(argc, argv);
}
