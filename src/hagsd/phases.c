/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The phases that run, and their limits: see phases.h. */

#include "hagsd/phases.h"

#include "log/log.h"
#include "util/clock.h"
#include "util/macro.h"

#define RANK_DELAY_USEC UINT64_C(250000) /* stream.md 4: so that one LIMIT is enough, as a rule */
#define ACCURACY_USEC UINT64_C(10000)

struct Phase {
        TableLink link; /* by the hash of the group's id, which is unique */
        Phase *previous, *next;
        Phases *owner;
        EventPhase phase;
        uint64_t begun; /* CLOCK_MONOTONIC */
        sd_event_source *timer;
};

void phases_init(Phases *p, sd_event *event, void (*on_limit)(void *userdata, const EventPhase *phase),
                unsigned (*rank)(void *userdata), void *userdata) {
        *p = (Phases){ .event = event, .on_limit = on_limit, .rank = rank, .userdata = userdata };
}

static Phase *find(const Phases *p, uint64_t group) {
        TableLink *link = table_find(&p->running, hash_words(0, &group, 1));

        for (; link; link = table_find_next(link))
                if (((Phase *) link)->phase.group == group)
                        return (Phase *) link;
        return NULL;
}

static int on_timer(_unused_ sd_event_source *source, _unused_ uint64_t now, void *userdata) {
        Phase *phase = userdata;

        phase->owner->on_limit(phase->owner->userdata, &phase->phase);
        return 0;
}

static void phase_free(Phase *phase) {
        (void) sd_event_source_disable_unref(phase->timer);
        free(phase);
}

/* A timer once made stays with its struct. */
static int arm(Phase *phase, uint64_t usec) {
        int r;

        if (!phase->timer) {
                r = sd_event_add_time(phase->owner->event, &phase->timer, CLOCK_MONOTONIC, UINT64_MAX,
                                ACCURACY_USEC, on_timer, phase);
                if (r < 0)
                        return r;
        }
        r = sd_event_source_set_time_relative(phase->timer, usec);
        return r < 0 ? r : sd_event_source_set_enabled(phase->timer, SD_EVENT_ONESHOT);
}

static void append(Phases *p, Phase *phase) {
        phase->previous = p->newest;
        phase->next = NULL;
        *(p->newest ? &p->newest->next : &p->oldest) = phase;
        p->newest = phase;
}

static void unlink_phase(Phases *p, Phase *phase) {
        *(phase->previous ? &phase->previous->next : &p->oldest) = phase->next;
        *(phase->next ? &phase->next->previous : &p->newest) = phase->previous;
}

static Phase *phase_new(Phases *p, uint64_t group) {
        Phase *phase = p->spare ?: calloc(1, sizeof(*phase));

        if (!phase)
                return NULL;
        if (phase == p->spare)
                p->spare = phase->next;
        phase->owner = p;
        if (table_insert(&p->running, &phase->link, hash_words(0, &group, 1)) < 0) {
                phase->next = p->spare;
                p->spare = phase;
                return NULL;
        }
        return phase;
}

void phases_begin(Phases *p, const CorePhase *phase) {
        uint64_t limit = phase->limit * USEC_PER_SEC + p->rank(p->userdata) * RANK_DELAY_USEC;
        Phase *running;
        int r = 0;

        phases_end(p, phase->phase.group);
        running = phase_new(p, phase->phase.group);
        if (running) {
                running->phase = phase->phase;
                running->begun = clock_usec(CLOCK_MONOTONIC);
                append(p, running);
                if (phase->limit > 0)
                        r = arm(running, limit);
        }
        if (!running || r < 0)
                log_group(LOG_ERR, phase->group_name,
                                "Out of memory: the time limit of a protocol of group %s is not watched",
                                phase->group_name);
}

void phases_end(Phases *p, uint64_t group) {
        Phase *phase = find(p, group);

        if (!phase)
                return;
        if (phase->timer)
                (void) sd_event_source_set_enabled(phase->timer, SD_EVENT_OFF);
        table_remove(&p->running, &phase->link);
        unlink_phase(p, phase);
        phase->next = p->spare;
        p->spare = phase;
}

uint64_t phases_waiting(const Phases *p, uint64_t usec) {
        return p->oldest && clock_usec(CLOCK_MONOTONIC) - p->oldest->begun >= usec ? p->oldest->phase.group
                                                                                   : 0;
}

uint64_t phases_age(const Phases *p, uint64_t group) {
        const Phase *phase = find(p, group);

        return phase ? clock_usec(CLOCK_MONOTONIC) - phase->begun : 0;
}

void phases_done(Phases *p) {
        while (p->oldest)
                phases_end(p, p->oldest->phase.group);
        while (p->spare) {
                Phase *phase = p->spare;

                p->spare = phase->next;
                phase_free(phase);
        }
}
