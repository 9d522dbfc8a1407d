/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Seeds for the fuzzers: frames of a run for fuzz-event, and its history for fuzz-apply. */

#include <assert.h>
#include <string.h>

#include "sim.h"
#include "story.h"

#define APPLY_NODES 4 /* as fuzz-apply.c has them, and its steps that are no event */
#define APPLY_VIEW 0xf0
#define APPLY_RESTORE 0xf1
#define APPLY_DAMAGE 0xf2

static void write_file(const char *dir, const char *kind, const World *w, const char *what, const void *data,
                size_t size) {
        char path[512];
        FILE *f;

        snprintf(path, sizeof(path), "%s/%s/sim-%llu-%s", dir, kind, (unsigned long long) w->seed, what);
        f = fopen(path, "we");
        if (!f || fwrite(data, 1, size, f) != size)
                fprintf(stderr, "sim: cannot write %s\n", path);
        if (f)
                (void) fclose(f);
}

/* The first frame of each type of event. */
static void write_frames(const World *w, const char *dir) {
        bool seen[_EVENT_TYPE_MAX] = {};

        for (uint32_t i = 0; i < w->n_frames; i++) {
                const Frame *f = w->frames + i;
                FrameReader body;
                EventHead head;
                Event event;

                if (event_decode_head(f->bytes, f->size, &head, &body) < 0 ||
                                event_get(&body, head.sender, &event) <= 0 || seen[event.type])
                        continue;
                seen[event.type] = true;
                write_file(dir, "event", w, event_type_to_string(event.type), f->bytes, f->size);
        }
}

static size_t put_view(const EventView *view, uint8_t *present, uint8_t *ret) {
        for (uint32_t i = 0; i < view->n_left; i++)
                *present &= (uint8_t) ~(1u << view->left[i].number);
        for (uint32_t i = 0; i < view->n_new; i++)
                *present |= (uint8_t) (1u << view->new[i].number);
        ret[0] = APPLY_VIEW;
        ret[1] = (uint8_t) ((*present & 0x1e) | (view->halted ? 0x80 : 0));
        return 2;
}

static size_t put_event(const Event *e, uint8_t *ret) {
        EventHead head = { .version = EVENT_VERSION, .sender = e->sender };
        static uint8_t buffer[EVENT_MULTICAST_MAX];
        FrameWriter w = event_begin(buffer, sizeof(buffer), &head);
        ssize_t size;

        if (event_put(&w, e) < 0 || (size = event_finish(&w)) < 0)
                return 0;
        ret[0] = (uint8_t) (e->sender.number - 1);
        memcpy(ret + 1, buffer + EVENT_HEAD_SIZE, (size_t) size - EVENT_HEAD_SIZE);
        return (size_t) size - EVENT_HEAD_SIZE + 1;
}

/* Now and then a snapshot is taken, and spoilt. */
static size_t put_snapshot(uint32_t i, uint8_t *ret) {
        if (i % 7 == 3) {
                ret[0] = APPLY_RESTORE;
                return 1;
        }
        if (i % 7 == 5) {
                memcpy(ret,
                                (uint8_t[]){ APPLY_DAMAGE, (uint8_t) (i * 37), (uint8_t) (i / 50), 0, 0,
                                                (uint8_t) (i * 11) },
                                6);
                return 6;
        }
        return 0;
}

void corpus_write(World *w, const char *dir) {
        static uint8_t history[1 << 20];
        const Event **events;
        uint8_t present = 0;
        size_t size = 0;
        uint32_t n;

        write_frames(w, dir);
        n = story_path(w, &events);
        for (uint32_t i = 0; i < n && size < sizeof(history) - 2 * EVENT_MULTICAST_MAX; i++) {
                if (events[i]->type == EVENT_VIEW)
                        size += put_view(&events[i]->view, &present, history + size);
                else if (events[i]->sender.number <= APPLY_NODES)
                        size += put_event(events[i], history + size);
                size += put_snapshot(i, history + size);
        }
        free(events);
        write_file(dir, "apply", w, "history", history, size);
}
