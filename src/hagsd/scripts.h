/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The deactivate scripts that run for providers of this node (gsapi.md 3.7, stream.md section 7): started
 * through the helper (deactivate.h), their results handed to the stream.
 */

#include "core/core.h"
#include "session/session.h"

typedef struct ScriptRun ScriptRun;

typedef struct Scripts {
        sd_event *event;
        void (*on_result)(void *userdata, const EventScriptResult *result);
        void *userdata;
        ScriptRun *runs;
} Scripts;

/* `on_result` is called once for each script, possibly before scripts_run() returns. */
void scripts_init(Scripts *s, sd_event *event,
                void (*on_result)(void *userdata, const EventScriptResult *result), void *userdata);

/* Run it. One that cannot be run is unsuccessful, and the log says why. */
void scripts_run(Scripts *s, const SessionServer *server, const CoreScript *script);

/* Forget all of them; the helper goes on with those that run, and nobody hears of it. */
void scripts_done(Scripts *s);
