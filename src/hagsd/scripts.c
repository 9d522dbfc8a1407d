/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deactivate scripts on their way through the helper: see scripts.h. */

#include "hagsd/scripts.h"

#include <string.h>

#include "hagsd/deactivate.h"
#include "log/log.h"
#include "util/macro.h"

struct ScriptRun {
        ScriptRun *previous, *next;
        Scripts *owner;
        EventPhase phase;
        GsProvider provider;
        DeactivateRun *run;
};

void scripts_init(Scripts *s, sd_event *event,
                void (*on_result)(void *userdata, const EventScriptResult *result), void *userdata) {
        *s = (Scripts){ .event = event, .on_result = on_result, .userdata = userdata };
}

static void run_free(ScriptRun *run) {
        Scripts *s = run->owner;

        *(run->previous ? &run->previous->next : &s->runs) = run->next;
        if (run->next)
                run->next->previous = run->previous;
        (void) deactivate_run_free(run->run);
        free(run);
}

static void on_end(void *userdata, int status, bool by_limit) {
        ScriptRun *run = userdata;
        const EventScriptResult result = {
                .phase = run->phase, .provider = run->provider, .status = status, .by_limit = by_limit
        };
        Scripts *s = run->owner;

        run_free(run);
        s->on_result(s->userdata, &result);
}

/* What the helper is asked for; the process and its user it finds out itself. */
static int make_request(const CoreScript *script, const char *path, DeactivateRequest *ret) {
        *ret = (DeactivateRequest){ .limit = script->limit, .provider = script->provider };
        if (strlen(path) >= sizeof(ret->script) || script->flag.size >= sizeof(ret->flag) ||
                        memchr(script->flag.data ?: "", 0, script->flag.size))
                return -EINVAL;

        (void) strcpy(ret->script, path);
        (void) strcpy(ret->group, script->group_name);
        if (script->flag.size > 0)
                memcpy(ret->flag, script->flag.data, script->flag.size);
        return 0;
}

static int run_start(Scripts *s, const SessionServer *server, const CoreScript *script) {
        DeactivateRequest request;
        const char *path;
        ScriptRun *run;
        int fd, r;

        r = server ? session_server_script(server, script->client.connection, &path, &fd) : -ENOENT;
        if (r >= 0)
                r = make_request(script, path, &request);
        if (r < 0)
                return r;

        run = malloc(sizeof(*run));
        if (!run)
                return -ENOMEM;
        *run = (ScriptRun){
                .next = s->runs, .owner = s, .phase = script->phase, .provider = script->provider
        };
        if (run->next)
                run->next->previous = run;
        s->runs = run;

        r = deactivate_run(s->event, &request, fd, on_end, run, &run->run);
        if (r < 0)
                run_free(run);
        return r;
}

void scripts_run(Scripts *s, const SessionServer *server, const CoreScript *script) {
        const EventScriptResult failed = {
                .phase = script->phase, .provider = script->provider, .status = -1
        };
        int r;

        log_group(LOG_INFO, script->group_name, "The deactivate script of provider %u/%u of group %s is run",
                        script->provider.instance, script->provider.node, script->group_name);
        r = run_start(s, server, script);
        if (r >= 0)
                return;

        log_group(LOG_WARNING, script->group_name,
                        "The deactivate script of provider %u/%u of group %s cannot be run: %s",
                        script->provider.instance, script->provider.node, script->group_name, strerror(-r));
        s->on_result(s->userdata, &failed);
}

void scripts_done(Scripts *s) {
        while (s->runs)
                run_free(s->runs);
}
