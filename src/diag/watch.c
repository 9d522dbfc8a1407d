/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hagsgr --watch: see watch.h. The daemon is asked each second, as only its answers show who has voted; keys
 * are taken while one is on its way. Signals are let in only where this waits, so no handler runs in the
 * middle of anything, not those of the terminal library either.
 */

#include "diag/watch.h"

#include <curses.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "diag/view.h"
#include "util/clock.h"
#include "util/fault.h"

#define INTERVAL_USEC USEC_PER_SEC                 /* between two questions */
#define PATIENCE_USEC (UINT64_C(5) * USEC_PER_SEC) /* for an answer */

typedef struct Watch {
        View view;
        Screen screen;
        const char *syspar;
        const char *group;
        Ask ask;
        Answer answer; /* what has come of the one that is on its way */
        bool asked;    /* it is on its way */
        uint64_t next; /* CLOCK_MONOTONIC: ask, or stop waiting for the answer */
        char trouble[256];
        bool leave;
} Watch;

/* ---- the terminal ---- */

static const struct {
        chtype attributes; /* without colours */
        short colour;
} styles[_STYLE_MAX] = {
        [STYLE_PLAIN] = { A_NORMAL, -1 },
        [STYLE_TITLE] = { A_REVERSE, -1 },
        [STYLE_HEAD] = { A_BOLD, -1 },
        [STYLE_SELECTED] = { A_REVERSE, -1 },
        [STYLE_DIM] = { A_DIM, -1 },
        [STYLE_GOOD] = { A_NORMAL, COLOR_GREEN },
        [STYLE_WAITING] = { A_BOLD, COLOR_YELLOW },
        [STYLE_BAD] = { A_BOLD, COLOR_RED },
};

static bool wants_colours(void) {
        const char *no_color = getenv("NO_COLOR");

        return !(no_color && no_color[0]) && has_colors();
}

static chtype attributes_of(Style style, bool colours) {
        return styles[style].attributes | (colours && styles[style].colour >= 0 ? COLOR_PAIR(style) : 0);
}

static bool begin_colours(void) {
        if (!wants_colours() || start_color() == ERR)
                return false;
        (void) use_default_colors();
        for (int i = 1; i < _STYLE_MAX; i++)
                if (styles[i].colour >= 0)
                        (void) init_pair((short) i, styles[i].colour, -1);
        return true;
}

static void show(Watch *w, bool colours) {
        const Screen *s = &w->screen;

        (void) erase();
        for (unsigned row = 0; row < s->rows; row++)
                for (unsigned column = 0; column < s->columns; column++) {
                        size_t at = (size_t) row * s->columns + column;

                        (void) mvaddch((int) row, (int) column,
                                        (chtype) s->cells[at] | attributes_of(s->styles[at], colours));
                }
        (void) refresh();
}

static int fit_screen(Watch *w) {
        Screen larger;
        int r;

        if (w->screen.cells && w->screen.rows == (unsigned) LINES && w->screen.columns == (unsigned) COLS)
                return 0;
        r = screen_new((unsigned) LINES, (unsigned) COLS, &larger);
        if (r < 0)
                return r;
        screen_done(&w->screen);
        w->screen = larger;
        return 0;
}

/* ---- keys ---- */

static void take_key(Watch *w, int key) {
        static const struct {
                int key;
                ViewKey means;
        } keys[] = {
                { KEY_UP, VIEW_KEY_UP },
                { 'k', VIEW_KEY_UP },
                { KEY_DOWN, VIEW_KEY_DOWN },
                { 'j', VIEW_KEY_DOWN },
                { KEY_PPAGE, VIEW_KEY_PAGE_UP },
                { KEY_NPAGE, VIEW_KEY_PAGE_DOWN },
                { ' ', VIEW_KEY_PAGE_DOWN },
                { KEY_HOME, VIEW_KEY_FIRST },
                { 'g', VIEW_KEY_FIRST },
                { KEY_END, VIEW_KEY_LAST },
                { 'G', VIEW_KEY_LAST },
                { '\n', VIEW_KEY_OPEN },
                { KEY_ENTER, VIEW_KEY_OPEN },
                { 27, VIEW_KEY_BACK },
                { 'p', VIEW_KEY_RUNNING },
        };

        if (key == 'q')
                w->leave = true;
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (keys[i].key == key)
                        view_press(&w->view, keys[i].means);
}

/* ---- asking ---- */

static void lose(Watch *w, const char *why) {
        (void) snprintf(w->trouble, sizeof(w->trouble), "%s", why);
        view_lose(&w->view, w->trouble);
        ask_close(&w->ask);
        answer_done(&w->answer);
        w->asked = false;
        w->next = clock_usec(CLOCK_MONOTONIC) + INTERVAL_USEC;
}

static void ask_now(Watch *w) {
        ReportQuestion question = { .parts = REPORT_GROUPS | REPORT_PROVIDERS };
        _cleanup_(freep) char *message = NULL;
        int r = 0;

        if (w->group)
                (void) strcpy(question.group, w->group);
        if (w->ask.fd < 0)
                r = ask_open(ask_directory(), w->syspar, INTERVAL_USEC, &w->ask, &message);
        if (r == ASK_E_DOWN) {
                lose(w, "hagsd does not run; trying again");
                return;
        }
        if (r >= 0)
                r = ask_report_send(&w->ask, &question, &message);
        if (r < 0) {
                lose(w, fault_text(message, r));
                return;
        }
        w->asked = true;
        w->next = clock_usec(CLOCK_MONOTONIC) + PATIENCE_USEC;
}

static void take_frame(Watch *w) {
        _cleanup_(freep) char *message = NULL;
        FrameReader body;
        int r;

        r = ask_receive(&w->ask, FRAME_REPORT, &body, &message);
        if (r >= 0)
                r = answer_take(&w->answer, body);
        if (r < 0)
                lose(w, fault_text(message, r));
        if (r <= 0)
                return;

        view_take(&w->view, &w->answer, clock_usec(CLOCK_MONOTONIC));
        w->asked = false;
        w->next = w->view.taken + INTERVAL_USEC;
}

static void pass_time(Watch *w) {
        if (clock_usec(CLOCK_MONOTONIC) < w->next)
                return;
        if (w->asked)
                lose(w, "hagsd does not answer; trying again");
        else
                ask_now(w);
}

/* ---- signals ---- */

static volatile sig_atomic_t ended_by;

static void on_end(int signo) {
        ended_by = signo;
}

/* Returns in *ret_open what to let in while waiting. */
static void begin_signals(sigset_t *ret_open) {
        static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
        sigset_t closed;

        (void) sigemptyset(&closed);
        for (size_t i = 0; i < ELEMENTSOF(ends); i++) {
                (void) sigaction(ends[i], &(struct sigaction){ .sa_handler = on_end }, NULL);
                (void) sigaddset(&closed, ends[i]);
        }
        (void) sigaddset(&closed, SIGWINCH);
        (void) sigaddset(&closed, SIGTSTP);
        (void) sigprocmask(SIG_BLOCK, &closed, ret_open);
}

/* As if it had never been caught, now that the terminal is as it was. */
static void end_by_signal(const sigset_t *open) {
        if (ended_by == 0)
                return;
        (void) signal(ended_by, SIG_DFL);
        (void) raise(ended_by);
        (void) sigprocmask(SIG_SETMASK, open, NULL);
}

/* ---- from begin to end ---- */

static int wait_for_something(Watch *w, const sigset_t *open) {
        uint64_t now = clock_usec(CLOCK_MONOTONIC), left = w->next > now ? w->next - now : 0;
        const struct timespec timeout = { .tv_sec = (time_t) (left / USEC_PER_SEC),
                .tv_nsec = (long) (left % USEC_PER_SEC) * 1000 };
        struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
                { .fd = w->asked ? w->ask.fd : -1, .events = POLLIN } };
        int key;

        if (ppoll(fds, ELEMENTSOF(fds), &timeout, open) < 0 && errno != EINTR)
                return -errno;
        if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
                w->leave = true; /* the terminal is gone */
        if (fds[1].revents)
                take_frame(w);
        while ((key = getch()) != ERR)
                take_key(w, key);
        return 0;
}

static int watch_until_left(Watch *w, const sigset_t *open) {
        bool colours = begin_colours();
        int r = 0;

        (void) cbreak();
        (void) noecho();
        (void) keypad(stdscr, true);
        (void) nodelay(stdscr, true);
        (void) set_escdelay(25);
        (void) curs_set(0);

        while (!w->leave && ended_by == 0 && r >= 0) {
                pass_time(w);
                r = fit_screen(w);
                if (r < 0)
                        break;
                view_draw(&w->view, &w->screen, clock_usec(CLOCK_MONOTONIC));
                show(w, colours);
                r = wait_for_something(w, open);
        }
        return r;
}

/* NULL: there is no such type of terminal, or its cursor cannot be moved. */
static SCREEN *open_terminal(void) {
        SCREEN *terminal = newterm(NULL, stdout, stdin);
        const char *move = terminal ? tigetstr("cup") : NULL;

        if (terminal && (!move || move == (char *) -1)) {
                (void) endwin();
                delscreen(terminal);
                terminal = NULL;
        }
        return terminal;
}

static void watch_done(Watch *w) {
        view_done(&w->view);
        answer_done(&w->answer);
        ask_close(&w->ask);
        screen_done(&w->screen);
}

int watch(const char *syspar, const char *group, char **reterr) {
        _cleanup_(watch_done) Watch w = {
                .view.syspar = syspar, .syspar = syspar, .group = group, .ask = ASK_NONE
        };
        SCREEN *terminal;
        sigset_t open;
        int r;

        if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
                return fault(reterr, -ENOTTY, "--watch needs a terminal; without it hagsgr prints once");
        begin_signals(&open);
        terminal = open_terminal();
        if (!terminal)
                return fault(reterr, -ENOTTY, "this terminal ($TERM is '%s') cannot be used",
                                getenv("TERM") ?: "");

        r = watch_until_left(&w, &open);
        (void) endwin();
        delscreen(terminal);
        end_by_signal(&open);
        return r < 0 ? fault(reterr, r, "cannot wait for the terminal: %s", strerror(-r)) : 0;
}
