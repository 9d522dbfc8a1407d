/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagscl: the clients of Group Services on this host. */

#include "diag/programs.h"

int main(int argc, char **argv) {
        return program_main(&program_hagscl, argc, argv);
}
