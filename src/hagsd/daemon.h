/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The daemon as a whole: it starts step by step (start.c), then serves its loop until a signal ends it
 * (daemon.c). One sd-event loop, no threads, no handler that blocks; when idle nothing wakes it but the
 * watchdog.
 */

#include <systemd/sd-event.h>

#include "config/config.h"
#include "hagsd/domain.h"
#include "hagsd/environment.h"
#include "hagsd/logcontrol.h"
#include "session/session.h"

typedef struct Daemon {
        const char *syspar;
        Environment environment;
        Config config;
        uint64_t incarnation;
        uint64_t started;           /* CLOCK_REALTIME, microseconds */
        uint64_t started_monotonic; /* CLOCK_MONOTONIC */
        Domain domain;

        sd_event *event;
        sd_event_source *watchdog;     /* NULL: systemd does not want to hear */
        sd_event_source *log_timer;    /* armed while the log file cannot be written */
        sd_event_source *status_timer; /* armed while STATUS= may be out of date */
        SessionServer *server;
        LogControl logcontrol;
        char *socket_path; /* to be removed at the end */
        char *status_text; /* what STATUS= says */
} Daemon;

/* Block all signals that the loop handles, and SIGPIPE. */
void daemon_block_signals(void);

/* Run until told to stop. Returns the exit status, of sysexits.h. */
int daemon_main(int argc, char **argv);

/* ---- start.c ---- */

/* Everything up to readiness. Returns EX_OK, or another exit status with a sentence in *reterr. */
int daemon_start(Daemon *d, int argc, char **argv, char **reterr);

/* ---- daemon.c, for start.c ---- */

/* The loop and what it reacts to, but for the clients. */
int daemon_prepare_loop(Daemon *d, char **reterr);

/* What clients ask for, and what the domain says. */
extern const SessionHooks daemon_session_hooks;
extern const DomainHooks daemon_domain_hooks;

/* Tell systemd what `systemctl status` is to show, and that the daemon is ready. */
int daemon_notify_ready(Daemon *d, char **reterr);
