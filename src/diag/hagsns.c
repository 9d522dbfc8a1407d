/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsns: the domain, as hagsd of a partition sees it. */

#include "diag/programs.h"

int main(int argc, char **argv) {
        return program_main(&program_hagsns, argc, argv);
}
