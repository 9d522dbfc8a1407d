/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsgr: the groups of a domain, once or as they change. */

#include "diag/programs.h"
#include "diag/watch.h"

/* Only this program has the live view, and needs a terminal library. */
int main(int argc, char **argv) {
        Program program = program_hagsgr;

        program.watch = watch;
        return program_main(&program, argc, argv);
}
