/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one run of hagsctrl knows, and how it speaks: see context.h. */

#include "hagsctrl/context.h"

#include <stdarg.h>
#include <string.h>

#include "util/fault.h"

void context_done(Context *c) {
        config_done(&c->config);
        c->manager = manager_free(c->manager);
        closep(&c->lock);
}

/* ---- speaking ---- */

void say(const Context *c, const char *format, ...) {
        va_list ap;

        if (c->options->quiet)
                return;

        va_start(ap, format);
        (void) vprintf(format, ap);
        va_end(ap);
        (void) putchar('\n');
}

/* One line, whatever bytes the arguments, files and others' messages in it brought. */
static void put_line(const char *beginning, const char *text) {
        (void) fputs(beginning, stderr);
        for (; *text; text++)
                (void) fputc((unsigned char) *text < ' ' || *text == 0x7f ? '?' : *text, stderr);
        (void) fputc('\n', stderr);
}

void warn(const char *format, ...) {
        _cleanup_(freep) char *text = NULL;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&text, format, ap) < 0)
                text = NULL;
        va_end(ap);
        put_line("hagsctrl: warning: ", fault_text(text, -ENOMEM));
}

void complain(Context *c, char **message, int error) {
        put_line("hagsctrl: ", fault_text(*message, error));
        free(*message);
        *message = NULL;
        c->failed = true;
}

#define ERASE_LINE "\r\033[K"

static void show_progress(void *userdata, size_t n_done, size_t n_all, const char *waiting_for) {
        Context *c = userdata;

        c->progress_shown = true;
        (void) fprintf(stderr, ERASE_LINE "%zu of %zu done, waiting for %s", n_done, n_all, waiting_for);
}

JobProgress context_progress(const Context *c) {
        return !c->options->quiet && isatty(STDERR_FILENO) ? show_progress : NULL;
}

void context_progress_clear(Context *c) {
        if (c->progress_shown)
                (void) fputs(ERASE_LINE, stderr);
        c->progress_shown = false;
}

/* ---- configuration and partition ---- */

static void on_config_warning(_unused_ void *userdata, const char *text) {
        warn("%s", text);
}

int context_load_config(Context *c, char **reterr) {
        return config_load("", on_config_warning, NULL, &c->config, reterr);
}

/* Which name, and where it comes from: for messages. */
static const char *choose_name(const Context *c, const char **ret_source) {
        const char *environment = secure_getenv("SP_NAME");

        if (c->options->syspar) {
                *ret_source = "--syspar";
                return c->options->syspar;
        }
        if (environment && *environment) {
                *ret_source = "$SP_NAME";
                return environment;
        }
        *ret_source = "hags.conf";
        return c->config.partition;
}

int context_choose_partition(Context *c, char **reterr) {
        const char *name, *source;
        int r;

        name = choose_name(c, &source);
        if (!syspar_name_is_valid(name))
                return fault(reterr, -EINVAL,
                                "'%s' (%s) is not a partition name; 1 to %d letters, digits, '_' and '-' "
                                "are, beginning with a letter or digit",
                                name, source, SYSPAR_NAME_MAX);

        c->declared = strcmp(name, c->config.partition) == 0;
        if (!context_is_workstation(c) && !c->declared)
                return fault(reterr, -EINVAL,
                                "this is node %u of partition %s and cannot act in partition %s (%s); use "
                                "the control workstation",
                                c->config.node_number, c->config.partition, name, source);

        (void) snprintf(c->syspar, sizeof(c->syspar), "%s", name);
        r = config_load_partition("", name, on_config_warning, NULL, &c->config, reterr);
        if (r < 0)
                return r;
        c->declared = c->declared || r > 0;
        return 0;
}

/* ---- systemd ---- */

int context_manager(Context *c, Manager **ret, char **reterr) {
        int r;

        if (!c->manager) {
                r = manager_open(&c->manager, reterr);
                if (r < 0)
                        return r;
        }

        *ret = c->manager;
        return 0;
}
