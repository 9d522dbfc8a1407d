/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How systemd runs a service: what SRC kept of a subsystem in its class SRCsubsys. */

#include "manager/manager.h"

typedef struct UnitDefinition {
        char *path;      /* of the program of ExecStart=; "" if there is none */
        char *arguments; /* its words behind the first, with a blank between them */
        char *user;      /* User=; "": root */
        char *restart;   /* Restart=: no, on-failure, ... */
        int nice;
} UnitDefinition;

/* Begins zeroed. A negative errno value with a sentence. */
int manager_unit_definition(Manager *m, const char *unit, UnitDefinition *ret, char **reterr);
void unit_definition_done(UnitDefinition *d);
