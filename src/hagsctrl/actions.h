/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What each flag of hagsctrl does (control.md section 3), one function a flag. An action looks at the
 * system, refuses what cannot work before anything is touched, lists its steps and runs them (plan.h), and
 * says what it did. It returns 0 or a negative errno value with a sentence.
 */

#include "hagsctrl/context.h"

int action_add(Context *c, char **reterr);         /* -a, add.c */
int action_start(Context *c, char **reterr);       /* -s, start.c */
int action_stop(Context *c, char **reterr);        /* -k, start.c */
int action_delete(Context *c, char **reterr);      /* -d, delete.c */
int action_clean(Context *c, char **reterr);       /* -c, clean.c */
int action_unconfigure(Context *c, char **reterr); /* -u, clean.c */
int action_trace_on(Context *c, char **reterr);    /* -t, trace.c */
int action_trace_off(Context *c, char **reterr);   /* -o, trace.c */
int action_refresh(Context *c, char **reterr);     /* -r, trace.c */
int action_list(Context *c, char **reterr);        /* --list, list.c */
int action_sdr_import(Context *c, char **reterr);  /* --sdr-import, import.c */
