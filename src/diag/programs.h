/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The four commands; the main() of each is in the file of its name. */

#include "diag/program.h"

extern const Program program_hagscl;   /* clients.c */
extern const Program program_hagsgr;   /* groups.c, but for --watch */
extern const Program program_hagsns;   /* domain.c */
extern const Program program_hagsvote; /* votes.c */
