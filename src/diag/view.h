/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What hagsgr --watch shows, and what its keys do; no terminal is needed for it. Either a line for each
 * group, or one group with a line for each of its providers. The user's place is kept by the group's name,
 * so that it stays where groups come and go.
 */

#include "ask/answer.h"
#include "diag/screen.h"

typedef enum ViewKey {
        VIEW_KEY_UP,
        VIEW_KEY_DOWN,
        VIEW_KEY_PAGE_UP,
        VIEW_KEY_PAGE_DOWN,
        VIEW_KEY_FIRST,
        VIEW_KEY_LAST,
        VIEW_KEY_OPEN,    /* one group, or back to all */
        VIEW_KEY_BACK,    /* to all groups */
        VIEW_KEY_RUNNING, /* only groups with a running protocol, or all */
} ViewKey;

/* Begins zeroed but for syspar. */
typedef struct View {
        const char *syspar;
        Answer answer;       /* the last one */
        uint64_t taken;      /* CLOCK_MONOTONIC: when it came */
        const char *trouble; /* why there is none; NULL: there is */

        bool only_running;
        bool open; /* one group is shown */
        char selected[GS_GROUP_NAME_MAX + 1];
        unsigned top;        /* of the groups that are listed the first one on the screen */
        unsigned top_of_one; /* the same of providers */
        unsigned page;       /* lines between head and foot, when it was drawn last */
} View;

void view_done(View *v);

/* There is an answer; it becomes the view's. */
void view_take(View *v, Answer *answer, uint64_t now);

/* There is none, because of `trouble`, which must stay as long as it is shown. */
void view_lose(View *v, const char *trouble);

void view_press(View *v, ViewKey key);

/* Draw all of the screen. `now`: CLOCK_MONOTONIC. */
void view_draw(View *v, Screen *s, uint64_t now);
