/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The live view without a terminal: what stands on the screen, and what the keys do. */

#include "diag-answer.h"

#include "diag/view.h"

#define NOW (1000 * SECOND) /* when an answer was taken */

typedef struct Fixture {
        View view;
        Screen screen;
} Fixture;

/* ---- looking at the screen ---- */

static int set_up(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        f->view.syspar = "sp_prod";
        *state = f;
        return screen_new(24, 80, &f->screen);
}

static int tear_down(void **state) {
        Fixture *f = *state;

        view_done(&f->view);
        screen_done(&f->screen);
        free(f);
        return 0;
}

static void resize(Fixture *f, unsigned rows, unsigned columns) {
        screen_done(&f->screen);
        assert_int_equal(screen_new(rows, columns, &f->screen), 0);
}

static void draw(Fixture *f) {
        view_draw(&f->view, &f->screen, NOW);
}

/* A row without the blanks at its end. */
static const char *row(const Fixture *f, unsigned number) {
        static char text[1024];
        size_t n = f->screen.columns;

        assert_true(number < f->screen.rows);
        memcpy(text, f->screen.cells + (size_t) number * n, n);
        while (n > 0 && text[n - 1] == ' ')
                n--;
        text[n] = 0;
        return text;
}

static Style style(const Fixture *f, unsigned number, unsigned column) {
        return f->screen.styles[(size_t) number * f->screen.columns + column];
}

static void press(Fixture *f, ViewKey key, unsigned times) {
        for (unsigned i = 0; i < times; i++) {
                draw(f);
                view_press(&f->view, key);
        }
        draw(f);
}

/* The row that the user is at. */
static const char *here(const Fixture *f) {
        for (unsigned i = 1; i + 1 < f->screen.rows; i++)
                if (style(f, i, 0) == STYLE_SELECTED)
                        return row(f, i);
        return "";
}

/* ---- answers ---- */

static void take_example(Fixture *f) {
        Answer a = make_answer();

        view_take(&f->view, &a, NOW);
}

/* So many groups, g000 and so on, without every `gap`th; in every tenth a protocol runs. */
static void take_groups(Fixture *f, unsigned n_groups, unsigned gap) {
        static uint8_t frame[FRAME_SIZE_MAX];
        FrameWriter w = frame_begin(frame, sizeof(frame), FRAME_REPORT, 1);
        FrameReader body;
        FrameHead head;
        Answer a = {};
        uint32_t n = 0;

        add_record(&w, &n, domain_record());
        for (unsigned i = 0; i < n_groups; i++) {
                ReportRecord r;
                char name[16];

                if (gap > 0 && i % gap == 0)
                        continue;
                (void) snprintf(name, sizeof(name), "g%03u", i);
                r = group_record(name, 16 + i, 1);
                r.group.running = i % 10 == 5;
                r.group.protocol = (ReportProtocol){ .request = GS_STATE_VALUE_CHANGE, .phase = 1 };
                add_record(&w, &n, r);
                add_record(&w, &n, provider_record(1, 5, 301, REPORT_BALLOT_WAITING, GS_VOTE_NULL));
        }
        add_record(&w, &n, (ReportRecord){ .kind = REPORT_KIND_END, .n_records = n });
        assert_int_equal(frame_decode_head(frame, (size_t) frame_finish(&w), &head, &body), 0);
        assert_int_equal(answer_take(&a, body), 1);
        view_take(&f->view, &a, NOW);
}

/* ---- what is shown ---- */

static void test_groups_on_80_columns(void **state) {
        Fixture *f = *state;

        take_example(f);
        draw(f);
        assert_string_equal(row(f, 0),
                        "sp_prod: domain established by node 9  groups 2  providers 5  clients 3");
        assert_string_equal(row(f, 1),
                        "GROUP               MEMBERS          STATE        PROTOCOL, VOTES    LIMIT IN");
        assert_string_equal(row(f, 2), "HostMembership      2: 0/9 0/5");
        assert_string_equal(row(f, 3),
                        "db                  4: 1/9 2/5 3/5 ~ primary=1    join2   [######....] 3/5   48s");
        assert_string_equal(row(f, 4), "web\\x1b[2J\\\\        1: 1/5           \\xc3(\\n");
        assert_string_equal(row(f, 5), "");
        assert_string_equal(row(f, 23),
                        "q quit  enter open  p only protocols                                    1-3 of 3");
        assert_int_equal(style(f, 0, 79), STYLE_TITLE);
        assert_int_equal(style(f, 2, 0), STYLE_SELECTED);
        assert_int_equal(style(f, 3, 60), STYLE_WAITING);
}

static void test_wide_screen_has_room_for_names(void **state) {
        Fixture *f = *state;

        resize(f, 10, 140);
        take_example(f);
        draw(f);
        assert_string_equal(row(f, 3),
                        "db                               4: 1/9 2/5 3/5 4/5                      "
                        "primary=1                            join2   [######....] 3/5   48s");
}

/* Cut off, but nothing is written outside, whatever the size. */
static void test_any_size_will_do(void **state) {
        Fixture *f = *state;

        for (unsigned rows = 1; rows < 12; rows++)
                for (unsigned columns = 1; columns < 100; columns++) {
                        resize(f, rows, columns);
                        take_example(f);
                        f->view.open = columns % 2;
                        press(f, VIEW_KEY_DOWN, 2);
                }
        resize(f, 6, 40);
        f->view.open = false;
        draw(f);
        assert_string_equal(row(f, 0), "sp_prod: domain established by node 9  ~");
        assert_string_equal(row(f, 2), "HostMembership      2: 0/9 0/5");
}

/* More members than a line of this program has room for, on a terminal that would have it. */
static void test_a_very_wide_screen(void **state) {
        Fixture *f = *state;
        Answer *a = &f->view.answer;
        AnswerGroup *g;

        resize(f, 6, 3000);
        take_example(f);
        free(a->providers);
        a->n_providers = 300;
        a->providers = calloc(a->n_providers, sizeof(*a->providers));
        assert_non_null(a->providers);
        for (uint32_t i = 0; i < a->n_providers; i++)
                a->providers[i].name = (GsProvider){ 32767, 65535 };
        for (uint32_t i = 0; i < a->n_groups; i++)
                a->groups[i].provider = a->groups[i].n_providers = 0;
        g = &a->groups[0];
        g->n_providers = g->group.n_members = a->n_providers;

        draw(f);
        assert_memory_equal(f->screen.cells + (size_t) 2 * 3000,
                        "HostMembership                   300: 32767/65535 ",
                        strlen("HostMembership                   300: 32767/65535 "));
        assert_non_null(memchr(f->screen.cells + (size_t) 2 * 3000, '~', 3000)); /* cut off */
}

static void test_limit_that_is_near_is_red_and_time_goes_on(void **state) {
        Fixture *f = *state;

        take_example(f);
        view_draw(&f->view, &f->screen, NOW + 34 * SECOND);
        assert_non_null(strstr(row(f, 3), " 14s"));
        assert_int_equal(style(f, 3, 60), STYLE_BAD);
        view_draw(&f->view, &f->screen, NOW + 100 * SECOND);
        assert_non_null(strstr(row(f, 3), "  0s"));
}

static void test_why_there_is_nothing(void **state) {
        Fixture *f = *state;

        draw(f);
        assert_string_equal(row(f, 0), "sp_prod: asking");
        view_lose(&f->view, "hagsd does not run; trying again");
        draw(f);
        assert_string_equal(row(f, 0), "sp_prod: hagsd does not run; trying again");
        assert_int_equal(style(f, 0, 0), STYLE_BAD);

        take_example(f);
        view_lose(&f->view, "hagsd does not answer"); /* what is old is not shown as if it were true */
        draw(f);
        assert_string_equal(row(f, 3), "");
        take_example(f);
        draw(f);
        assert_int_equal(style(f, 0, 0), STYLE_TITLE);
}

/* ---- many groups ---- */

static void test_200_groups_are_scrolled_through(void **state) {
        Fixture *f = *state;

        take_groups(f, 200, 0);
        draw(f);
        assert_non_null(strstr(row(f, 23), "1-21 of 200"));
        press(f, VIEW_KEY_DOWN, 20);
        assert_non_null(strstr(row(f, 23), "1-21 of 200"));
        assert_memory_equal(here(f), "g020", 4);
        press(f, VIEW_KEY_DOWN, 1);
        assert_non_null(strstr(row(f, 23), "2-22 of 200"));
        assert_memory_equal(here(f), "g021", 4);
        press(f, VIEW_KEY_PAGE_DOWN, 2);
        assert_memory_equal(here(f), "g063", 4);
        press(f, VIEW_KEY_LAST, 1);
        assert_non_null(strstr(row(f, 23), "180-200 of 200"));
        assert_memory_equal(here(f), "g199", 4);
        press(f, VIEW_KEY_DOWN, 3);
        assert_memory_equal(here(f), "g199", 4);
        press(f, VIEW_KEY_PAGE_UP, 1);
        assert_memory_equal(here(f), "g178", 4);
        press(f, VIEW_KEY_UP, 1);
        assert_memory_equal(here(f), "g177", 4);
        press(f, VIEW_KEY_PAGE_UP, 100);
        assert_memory_equal(here(f), "g000", 4);
        press(f, VIEW_KEY_PAGE_DOWN, 1);
        press(f, VIEW_KEY_FIRST, 1);
        assert_memory_equal(here(f), "g000", 4);
}

/* The user stays at the group, not at the line; where the group goes, at the one behind it. */
static void test_place_is_kept_while_groups_come_and_go(void **state) {
        Fixture *f = *state;

        take_groups(f, 200, 0);
        press(f, VIEW_KEY_DOWN, 100);
        assert_memory_equal(here(f), "g100", 4);
        take_groups(f, 200, 7);
        draw(f);
        assert_memory_equal(here(f), "g100", 4);
        take_groups(f, 200, 10);
        draw(f);
        assert_memory_equal(here(f), "g101", 4);
        take_groups(f, 50, 0);
        draw(f);
        assert_memory_equal(here(f), "g049", 4);
        assert_non_null(strstr(row(f, 23), "30-50 of 50"));
        take_groups(f, 0, 0);
        draw(f);
        assert_non_null(strstr(row(f, 23), "none"));
        press(f, VIEW_KEY_DOWN, 1);
}

static void test_screen_stays_full_when_it_grows(void **state) {
        Fixture *f = *state;

        take_groups(f, 30, 0);
        press(f, VIEW_KEY_LAST, 1);
        assert_non_null(strstr(row(f, 23), "10-30 of 30"));
        resize(f, 40, 80);
        draw(f);
        assert_non_null(strstr(row(f, 39), "1-30 of 30"));
        resize(f, 8, 80);
        draw(f);
        assert_non_null(strstr(row(f, 7), "26-30 of 30"));
}

static void test_only_groups_with_a_protocol(void **state) {
        Fixture *f = *state;

        take_groups(f, 200, 0);
        press(f, VIEW_KEY_RUNNING, 1);
        assert_non_null(strstr(row(f, 23), "1-20 of 20"));
        assert_memory_equal(row(f, 2), "g005", 4);
        assert_memory_equal(row(f, 3), "g015", 4);
        press(f, VIEW_KEY_DOWN, 3);
        assert_memory_equal(here(f), "g035", 4);
        press(f, VIEW_KEY_RUNNING, 1);
        assert_memory_equal(here(f), "g035", 4);
}

/* ---- one group ---- */

static void test_one_group_shows_who_has_voted(void **state) {
        Fixture *f = *state;

        take_example(f);
        press(f, VIEW_KEY_DOWN, 1);
        press(f, VIEW_KEY_OPEN, 1);
        assert_memory_equal(row(f, 1), "db   ", 5);
        assert_string_equal(row(f, 2), "PROVIDER     ROLE      PID                    VOTE");
        assert_string_equal(row(f, 3), "1/9          member                           approve");
        assert_string_equal(row(f, 4), "2/5          member    302 of UID 4000000000  has not voted");
        assert_string_equal(row(f, 5), "3/5          member    303 of UID 4000000000  continue");
        assert_string_equal(row(f, 6), "4/5          leaving                          failed");
        assert_string_equal(row(f, 7), "5/5          joining   302 of UID 4000000000  has not voted");
        assert_string_equal(row(f, 8), "6/9          queued");
        assert_non_null(strstr(row(f, 23), "1-6 of 6"));
        assert_int_equal(style(f, 3, 46), STYLE_GOOD);
        assert_int_equal(style(f, 4, 46), STYLE_WAITING);
        assert_int_equal(style(f, 6, 46), STYLE_BAD);

        press(f, VIEW_KEY_OPEN, 1);
        assert_memory_equal(here(f), "db   ", 5);
        press(f, VIEW_KEY_OPEN, 1);
        press(f, VIEW_KEY_BACK, 2);
        assert_memory_equal(here(f), "db   ", 5);
}

static void test_providers_are_scrolled_through(void **state) {
        Fixture *f = *state;

        resize(f, 7, 80);
        take_example(f);
        press(f, VIEW_KEY_DOWN, 1);
        press(f, VIEW_KEY_OPEN, 1);
        assert_non_null(strstr(row(f, 6), "1-3 of 6"));
        press(f, VIEW_KEY_DOWN, 1);
        assert_memory_equal(row(f, 3), "2/5", 3);
        press(f, VIEW_KEY_LAST, 1);
        assert_non_null(strstr(row(f, 6), "4-6 of 6"));
        press(f, VIEW_KEY_PAGE_DOWN, 1);
        assert_non_null(strstr(row(f, 6), "4-6 of 6"));
        press(f, VIEW_KEY_UP, 1);
        assert_non_null(strstr(row(f, 6), "3-5 of 6"));
}

static void test_group_that_goes_while_it_is_open(void **state) {
        Fixture *f = *state;

        take_example(f);
        press(f, VIEW_KEY_LAST, 1);
        press(f, VIEW_KEY_OPEN, 1);
        take_groups(f, 3, 0);
        draw(f);
        assert_string_equal(row(f, 1), "Group web\\x1b[2J\\\\ is not there any more.");
        press(f, VIEW_KEY_DOWN, 1);
        press(f, VIEW_KEY_BACK, 1);
        assert_memory_equal(here(f), "g002", 4);
}

#define view_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                view_test(test_groups_on_80_columns),
                view_test(test_wide_screen_has_room_for_names),
                view_test(test_any_size_will_do),
                view_test(test_a_very_wide_screen),
                view_test(test_limit_that_is_near_is_red_and_time_goes_on),
                view_test(test_why_there_is_nothing),
                view_test(test_200_groups_are_scrolled_through),
                view_test(test_place_is_kept_while_groups_come_and_go),
                view_test(test_screen_stays_full_when_it_grows),
                view_test(test_only_groups_with_a_protocol),
                view_test(test_one_group_shows_who_has_voted),
                view_test(test_providers_are_scrolled_through),
                view_test(test_group_that_goes_while_it_is_open),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
