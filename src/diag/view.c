/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What hagsgr --watch shows, and what its keys do: see view.h. */

#include "diag/view.h"

#include <inttypes.h>
#include <string.h>

#include "diag/tally.h"
#include "diag/text.h"
#include "util/clock.h"

#define BAR_WIDTH 10
#define FRAME_ROWS 3 /* title, head and foot */

/* Widths of the columns, with the blank behind them, and of what follows. */
typedef struct Columns {
        unsigned name, members, state, protocol;
} Columns;

/* 80 columns have room for these; more are given to names first, then to members and state values. */
static Columns columns_of(unsigned width) {
        Columns c = { .name = 20, .members = 17, .state = 13, .protocol = 30 };
        unsigned more = width > 80 ? width - 80 : 0, n;

        n = more < GS_GROUP_NAME_MAX + 1 - c.name ? more : GS_GROUP_NAME_MAX + 1 - c.name;
        c.name += n;
        c.members += (more - n) / 2;
        c.state += more - n - (more - n) / 2;
        return c;
}

/* ---- what is listed ---- */

static bool is_listed(const View *v, const AnswerGroup *g) {
        return !v->only_running || g->group.running;
}

static unsigned count_listed(const View *v) {
        unsigned n = 0;

        for (uint32_t i = 0; i < v->answer.n_groups; i++)
                n += is_listed(v, &v->answer.groups[i]);
        return n;
}

/* The `index`th of those that are listed, or NULL. */
static const AnswerGroup *listed(const View *v, unsigned index) {
        for (uint32_t i = 0; i < v->answer.n_groups; i++)
                if (is_listed(v, &v->answer.groups[i]) && index-- == 0)
                        return &v->answer.groups[i];
        return NULL;
}

/* Where the user is: at the group with that name, or the one before which it would be; 0: nowhere. */
static unsigned selected_index(const View *v) {
        unsigned n = 0;

        for (uint32_t i = 0; i < v->answer.n_groups; i++) {
                const AnswerGroup *g = &v->answer.groups[i];

                if (!is_listed(v, g))
                        continue;
                if (strcmp(g->group.attributes.group, v->selected) >= 0)
                        return n;
                n++;
        }
        return n > 0 ? n - 1 : 0;
}

static void select_index(View *v, unsigned index) {
        unsigned n = count_listed(v);
        const AnswerGroup *g = listed(v, index < n ? index : n - 1);

        if (n > 0 && g)
                (void) strcpy(v->selected, g->group.attributes.group);
}

static const AnswerGroup *selected_group(const View *v) {
        for (uint32_t i = 0; i < v->answer.n_groups; i++)
                if (strcmp(v->answer.groups[i].group.attributes.group, v->selected) == 0)
                        return &v->answer.groups[i];
        return NULL;
}

/* Lines for the providers of one group: one less than for groups, as the group stands above them. */
static unsigned page_of_one(const View *v) {
        return v->page > 1 ? v->page - 1 : 1;
}

static unsigned last_top_of_one(const View *v, const AnswerGroup *g) {
        unsigned page = page_of_one(v);

        return g && g->n_providers > page ? g->n_providers - page : 0;
}

/* ---- keys ---- */

/* A place in `n` lines after a key. */
static unsigned moved(unsigned at, unsigned n, unsigned page, ViewKey key) {
        unsigned step = key == VIEW_KEY_PAGE_UP || key == VIEW_KEY_PAGE_DOWN ? (page > 0 ? page : 1) : 1;
        unsigned last = n > 0 ? n - 1 : 0;

        switch (key) {
        case VIEW_KEY_UP:
        case VIEW_KEY_PAGE_UP:
                return at > step ? at - step : 0;
        case VIEW_KEY_DOWN:
        case VIEW_KEY_PAGE_DOWN:
                return last - (at < last ? at : last) > step ? at + step : last;
        case VIEW_KEY_FIRST:
                return 0;
        case VIEW_KEY_LAST:
                return last;
        default:
                return at;
        }
}

void view_press(View *v, ViewKey key) {
        switch (key) {
        case VIEW_KEY_OPEN:
                if (!v->open)
                        select_index(v, selected_index(v));
                v->open = !v->open;
                v->top_of_one = 0;
                break;
        case VIEW_KEY_BACK:
                v->open = false;
                break;
        case VIEW_KEY_RUNNING:
                v->only_running = !v->only_running;
                break;
        default:
                if (v->open) /* the lines move, not a place in them */
                        v->top_of_one = moved(v->top_of_one, last_top_of_one(v, selected_group(v)) + 1,
                                        page_of_one(v), key);
                else
                        select_index(v, moved(selected_index(v), count_listed(v), v->page, key));
                break;
        }
}

/* ---- answers ---- */

void view_done(View *v) {
        answer_done(&v->answer);
}

void view_take(View *v, Answer *answer, uint64_t now) {
        answer_done(&v->answer);
        v->answer = *answer;
        *answer = (Answer){};
        v->taken = now;
        v->trouble = NULL;
}

void view_lose(View *v, const char *trouble) {
        answer_done(&v->answer);
        v->trouble = trouble;
}

/* ---- drawing ---- */

static const char *short_type(GsRequest request) {
        static const char *const names[_GS_REQUEST_MAX] = {
                [GS_JOIN] = "join",
                [GS_FAILURE_LEAVE] = "fail",
                [GS_LEAVE] = "leave",
                [GS_EXPEL] = "expel",
                [GS_STATE_VALUE_CHANGE] = "state",
                [GS_PROVIDER_MESSAGE] = "msg",
                [GS_CAST_OUT] = "cast",
                [GS_SOURCE_STATE_REFLECTION] = "refl",
                [GS_GROUP_ATTRIBUTE_CHANGE] = "attr",
        };

        return (unsigned) request < _GS_REQUEST_MAX && names[request] ? names[request] : "?";
}

/* "[#####.....] 5/10" */
static void draw_bar(Screen *s, unsigned row, unsigned column, Tally t, Style style) {
        unsigned full = t.roll > 0 ? (unsigned) ((uint64_t) (t.roll - t.waiting - t.scripts) * BAR_WIDTH /
                                                     t.roll)
                                   : 0;
        char bar[BAR_WIDTH + 1];

        memset(bar, '.', BAR_WIDTH);
        memset(bar, '#', full);
        bar[BAR_WIDTH] = 0;
        screen_printf(s, row, column, BAR_WIDTH + 2, style, "[%s]", bar);
        screen_printf(s, row, column + BAR_WIDTH + 3, 9, style, "%" PRIu32 "/%" PRIu32,
                        t.roll - t.waiting - t.scripts, t.roll);
}

/* Seconds, or minutes, or hours: never more than four characters in a life. */
static void short_span(char buffer[static 16], uint64_t usec) {
        uint64_t s = usec / USEC_PER_SEC;

        if (s < 100)
                (void) snprintf(buffer, 16, "%" PRIu64 "s", s);
        else if (s < 100 * 60)
                (void) snprintf(buffer, 16, "%" PRIu64 "m", s / 60);
        else
                (void) snprintf(buffer, 16, "%" PRIu64 "h", s / 3600);
}

static void draw_protocol(const View *v, Screen *s, unsigned row, unsigned column, const AnswerGroup *g,
                uint64_t now) {
        const ReportProtocol *p = &g->group.protocol;
        uint64_t age = p->age + (now - v->taken), limit = p->limit * USEC_PER_SEC;
        Style style = STYLE_WAITING;
        char span[16];

        screen_printf(s, row, column, 7, STYLE_PLAIN, "%s%" PRIu32, short_type(p->request), p->phase);
        if (limit > 0 && (age >= limit || limit - age < limit / 4))
                style = STYLE_BAD;
        draw_bar(s, row, column + 8, tally(&v->answer, g, -1), style);
        if (limit == 0)
                (void) strcpy(span, "-");
        else
                short_span(span, age < limit ? limit - age : 0);
        screen_printf(s, row, column + 26, 4, style, "%4s", span);
}

static void draw_members(const View *v, Screen *s, unsigned row, unsigned column, unsigned width,
                const AnswerGroup *g) {
        const ReportProvider *providers = answer_providers(&v->answer, g);
        char text[512];
        size_t n;

        if (width > sizeof(text) - 16) /* of a terminal as wide as a wall; one more is shorter than that */
                width = sizeof(text) - 16;
        n = (size_t) snprintf(text, sizeof(text), "%" PRIu32, g->group.n_members);
        for (uint32_t i = 0; i < g->n_providers && i < g->group.n_members && n < width + 1; i++)
                n += (size_t) snprintf(text + n, sizeof(text) - n, "%s%u/%u", i > 0 ? " " : ": ",
                                (unsigned) providers[i].name.instance, (unsigned) providers[i].name.node);
        screen_put(s, row, column, width, STYLE_PLAIN, text);
}

static void draw_group(
                const View *v, Screen *s, unsigned row, const AnswerGroup *g, bool here, uint64_t now) {
        const ReportGroup *r = &g->group;
        Columns c = columns_of(s->columns);
        char text[TEXT_ESCAPED(GS_STATE_MAX)];

        text_escape(text, r->attributes.group, strlen(r->attributes.group));
        screen_put(s, row, 0, c.name - 1, r->system ? STYLE_DIM : STYLE_PLAIN, text);
        draw_members(v, s, row, c.name, c.members - 1, g);
        if (r->state.size > 0) {
                text_escape(text, r->state.data, r->state.size);
                screen_put(s, row, c.name + c.members, c.state - 1, STYLE_PLAIN, text);
        }
        if (r->running)
                draw_protocol(v, s, row, c.name + c.members + c.state, g, now);
        if (here)
                screen_style_row(s, row, STYLE_SELECTED);
}

static void draw_title(const View *v, Screen *s) {
        const ReportDomain *d = &v->answer.domain;

        if (v->trouble)
                screen_printf(s, 0, 0, s->columns, STYLE_PLAIN, "%s: %s", v->syspar, v->trouble);
        else if (v->answer.n_records == 0)
                screen_printf(s, 0, 0, s->columns, STYLE_PLAIN, "%s: asking", v->syspar);
        else
                screen_printf(s, 0, 0, s->columns, STYLE_PLAIN,
                                "%s: domain %s by node %u  groups %" PRIu32 "  providers %" PRIu32
                                "  clients %" PRIu32,
                                v->syspar, domain_state_to_string(d->state), (unsigned) d->domain.number,
                                d->n_groups, d->n_providers, d->n_clients);
        screen_style_row(s, 0, v->trouble ? STYLE_BAD : STYLE_TITLE);
}

static void draw_foot(Screen *s, const char *keys, unsigned first, unsigned n_shown, unsigned n) {
        unsigned row = s->rows - 1;
        char place[48] = "none";

        if (n > 0)
                (void) snprintf(place, sizeof(place), "%u-%u of %u", first + 1, first + n_shown, n);
        screen_put(s, row, 0, s->columns, STYLE_PLAIN, keys);
        if (strlen(place) + 2 < s->columns)
                screen_put(s, row, s->columns - (unsigned) strlen(place), s->columns, STYLE_PLAIN, place);
        screen_style_row(s, row, STYLE_TITLE);
}

static unsigned min(unsigned a, unsigned b) {
        return a < b ? a : b;
}

static void draw_all(View *v, Screen *s, uint64_t now) {
        unsigned n = count_listed(v), here = selected_index(v), shown;
        Columns c = columns_of(s->columns);

        /* What the user is at stays on the screen, and the screen full. */
        if (here < v->top)
                v->top = here;
        if (here >= v->top + v->page)
                v->top = here - v->page + 1;
        if (v->top + v->page > n)
                v->top = n > v->page ? n - v->page : 0;
        shown = min(v->page, n - v->top);

        screen_put(s, 1, 0, c.name - 1, STYLE_HEAD, "GROUP");
        screen_put(s, 1, c.name, c.members - 1, STYLE_HEAD, "MEMBERS");
        screen_put(s, 1, c.name + c.members, c.state - 1, STYLE_HEAD, "STATE");
        screen_put(s, 1, c.name + c.members + c.state, c.protocol, STYLE_HEAD,
                        "PROTOCOL, VOTES    LIMIT IN");
        for (unsigned i = 0; i < shown; i++)
                draw_group(v, s, 2 + i, listed(v, v->top + i), v->top + i == here, now);
        draw_foot(s,
                        v->only_running ? "q quit  enter open  p all groups"
                                        : "q quit  enter open  p only protocols",
                        v->top, shown, n);
}

static const char *ballot_text(const ReportProvider *p) {
        switch (p->ballot) {
        case REPORT_BALLOT_WAITING:
                return "has not voted";
        case REPORT_BALLOT_VOTED:
                return gs_vote_to_string(p->vote);
        case REPORT_BALLOT_FAILED:
                return "failed";
        case REPORT_BALLOT_SCRIPT:
                return "its script runs";
        default:
                return "";
        }
}

static void draw_provider(
                Screen *s, unsigned row, const ReportGroup *g, const ReportProvider *p, unsigned index) {
        Style style = p->ballot == REPORT_BALLOT_WAITING  ? STYLE_WAITING
                      : p->ballot == REPORT_BALLOT_SCRIPT ? STYLE_WAITING
                      : p->ballot == REPORT_BALLOT_FAILED ? STYLE_BAD
                      : p->ballot == REPORT_BALLOT_VOTED  ? STYLE_GOOD
                                                          : STYLE_PLAIN;

        screen_printf(s, row, 0, 12, STYLE_PLAIN, "%u/%u", (unsigned) p->name.instance,
                        (unsigned) p->name.node);
        screen_put(s, row, 13, 9, STYLE_PLAIN, p->leave_reasons != 0 ? "leaving" : text_role(g, index));
        if (p->pid > 0)
                screen_printf(s, row, 23, 22, STYLE_PLAIN, "%d of UID %u", (int) p->pid, (unsigned) p->uid);
        screen_put(s, row, 46, s->columns, style, ballot_text(p));
}

static void draw_one(View *v, Screen *s, uint64_t now) {
        const AnswerGroup *g = selected_group(v);
        const ReportProvider *providers;
        char name[TEXT_ESCAPED(GS_GROUP_NAME_MAX)];
        unsigned shown;

        text_escape(name, v->selected, strlen(v->selected));
        if (!g) {
                screen_printf(s, 1, 0, s->columns, STYLE_PLAIN, "Group %s is not there any more.", name);
                draw_foot(s, "q quit  enter back", 0, 0, 0);
                return;
        }

        providers = answer_providers(&v->answer, g);
        draw_group(v, s, 1, g, false, now);
        screen_put(s, 2, 0, 12, STYLE_HEAD, "PROVIDER");
        screen_put(s, 2, 13, 9, STYLE_HEAD, "ROLE");
        screen_put(s, 2, 23, 22, STYLE_HEAD, "PID");
        screen_put(s, 2, 46, s->columns, STYLE_HEAD, "VOTE");

        v->top_of_one = min(v->top_of_one, last_top_of_one(v, g));
        shown = min(page_of_one(v), g->n_providers - v->top_of_one);
        for (unsigned i = 0; i < shown; i++)
                draw_provider(s, 3 + i, &g->group, &providers[v->top_of_one + i], v->top_of_one + i);
        draw_foot(s, "q quit  enter back", v->top_of_one, shown, g->n_providers);
}

void view_draw(View *v, Screen *s, uint64_t now) {
        screen_clear(s);
        v->page = s->rows > FRAME_ROWS ? s->rows - FRAME_ROWS : 1;
        if (v->answer.n_records > 0 && v->open)
                draw_one(v, s, now);
        else if (v->answer.n_records > 0)
                draw_all(v, s, now);
        else
                draw_foot(s, "q quit", 0, 0, 0);
        draw_title(v, s);
}
