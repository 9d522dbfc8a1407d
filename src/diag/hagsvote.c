/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsvote: who has voted in the protocols that run, and who has not. */

#include "diag/programs.h"

int main(int argc, char **argv) {
        return program_main(&program_hagsvote, argc, argv);
}
