/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The teller of a case: its actors, and what is expected of them. See story.h. */

#include "story.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lines.h"
#include "stage.h"
#include "tell.h"

#define LINES_MAX 8192

typedef struct Line {
        ha_gs_token_t token;
        bool read;
        char *text;
} Line;

struct Actor {
        int number;
        pid_t pid;
        int fd; /* -1: is dead */
        bool client, alone, deaf;
        Line lines[LINES_MAX];
        int n_lines;
        bool replied;
        int reply;
        char data[PART_SIZE_MAX];
};

static Actor *actors[ACTORS_MAX];
static int n_actors;
static const char *here_file = "?";
static int here_line;
static const char *case_number = "0";
static int last_index;

/* ---- failing ---- */

void at(const char *file, int line) {
        const char *slash = strrchr(file, '/');

        here_file = slash ? slash + 1 : file;
        here_line = line;
}

/* Everything that was said, for whoever looks why a case failed. */
static void print_lines(void) {
        for (int i = 0; i < n_actors; i++)
                for (int k = 0; k < actors[i]->n_lines; k++) {
                        const Line *l = &actors[i]->lines[k];

                        printf("actor %d token %d %s %s\n", i + 1, l->token, l->read ? " " : "!", l->text);
                }
}

void failed(const char *format, ...) {
        va_list args;

        printf("%s:%d: ", here_file, here_line);
        va_start(args, format);
        (void) vprintf(format, args);
        va_end(args);
        printf("\n");
        print_lines();
        (void) fflush(stdout);
        _exit(1);
}

void skip(const char *format, ...) {
        va_list args;

        va_start(args, format);
        (void) vprintf(format, args);
        va_end(args);
        printf("\n");
        (void) fflush(stdout);
        _exit(77);
}

void returned(ha_gs_rc_t want, ha_gs_rc_t got, const char *what) {
        if (want != got)
                failed("%s instead of %s from %s", code_name(got), code_name(want), what);
}

/* ---- hearing ---- */

long now_ms(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void actor_gone(Actor *a) {
        (void) close(a->fd);
        a->fd = -1;
}

static void actor_hears(Actor *a, ha_gs_token_t token, const char *text) {
        if (a->n_lines == LINES_MAX)
                failed("actor %d talks too much", a->number);
        a->lines[a->n_lines++] = (Line){ .token = token, .text = strdup(text) };
        if (strncmp(text, "dispatch ", 9) == 0)
                a->client = false;
}

/* Take one message of an actor. */
static void actor_receive(Actor *a) {
        static char data[LINE_SIZE + PART_SIZE_MAX];
        StageHead head;
        struct iovec in[] = { { &head, sizeof(head) }, { data, sizeof(data) } };
        struct msghdr message = { .msg_iov = in, .msg_iovlen = 2 };
        ssize_t n = recvmsg(a->fd, &message, 0);

        if (n < (ssize_t) sizeof(head)) {
                actor_gone(a);
        } else if (head.kind == STAGE_LINE) {
                actor_hears(a, head.value, data);
        } else {
                memcpy(a->data, data, (size_t) n - sizeof(head));
                a->reply = head.value;
                a->replied = true;
        }
}

/* Take what has arrived from all of them; wait for something until the deadline. */
static void pump(long deadline) {
        struct pollfd ready[ACTORS_MAX];
        long left = deadline - now_ms();

        for (int i = 0; i < n_actors; i++)
                ready[i] = (struct pollfd){ actors[i]->fd, POLLIN, 0 };
        if (poll(ready, (nfds_t) n_actors, left > 0 ? (int) left : 0) <= 0)
                return;
        for (int i = 0; i < n_actors; i++)
                if (ready[i].revents)
                        actor_receive(actors[i]);
}

/* ---- actors ---- */

static void actor_be(int fd, uid_t uid, gid_t group) {
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (int i = 0; i < n_actors; i++)
                if (actors[i]->fd >= 0)
                        (void) close(actors[i]->fd);
        if (uid != 0 && (setgroups(group != (gid_t) -1, &group) < 0 || setgid(uid) < 0 || setuid(uid) < 0))
                _exit(99);
        actor_run(fd);
}

Actor *actor_start_as(uid_t uid, gid_t group) {
        Actor *a = calloc(1, sizeof(*a));
        int pair[2];

        if (!a || n_actors == ACTORS_MAX || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                failed("no more actors");
        (void) fflush(stdout);
        a->pid = fork();
        if (a->pid < 0)
                failed("fork: %s", strerror(errno));
        if (a->pid == 0) {
                (void) close(pair[0]);
                actor_be(pair[1], uid, group);
        }
        (void) close(pair[1]);
        a->fd = pair[0];
        a->number = n_actors + 1;
        actors[n_actors++] = a;
        return a;
}

Actor *actor_start(void) {
        return actor_start_as(0, (gid_t) -1);
}

InitPart init_plainly(void) {
        return (InitPart){ .options = HA_GS_SOCKET_NO_SIGNAL, .type = -1 };
}

ha_gs_rc_t try_init(Actor *a, const InitPart *init) {
        InitPart p = *init;

        return (ha_gs_rc_t) play(a, part_init, &p, sizeof(p));
}

Actor *client_start(void) {
        InitPart init = init_plainly();
        Actor *a = actor_start();

        returned(HA_GS_OK, try_init(a, &init), "ha_gs_init()");
        return a;
}

void play_begin(Actor *a, Part *part, void *data, size_t size) {
        StageHead head = { .kind = STAGE_PART, .part = part };
        struct iovec out[] = { { &head, sizeof(head) }, { data, size } };
        struct msghdr message = { .msg_iov = out, .msg_iovlen = 2 };

        a->replied = false;
        if (a->fd < 0 || sendmsg(a->fd, &message, MSG_NOSIGNAL) < 0)
                failed("actor %d is dead", a->number);
}

int play_end(Actor *a, void *data, size_t size) {
        long deadline = now_ms() + 3 * (long) PATIENCE_MS;

        while (!a->replied) {
                if (a->fd < 0)
                        failed("actor %d has died", a->number);
                if (now_ms() > deadline)
                        failed("actor %d does not come back", a->number);
                pump(deadline);
        }
        if (size)
                memcpy(data, a->data, size);
        return a->reply;
}

int play(Actor *a, Part *part, void *data, size_t size) {
        int result;

        play_begin(a, part, data, size);
        result = play_end(a, data, size);
        if (part == part_init && result == HA_GS_OK)
                a->client = true;
        return result;
}

pid_t actor_pid(const Actor *a) {
        return a->pid;
}

void actor_domain(Actor *a, const char *domain) {
        char name[PART_NAME_MAX] = "";

        (void) snprintf(name, sizeof(name), "%s", domain ? domain : "");
        (void) play(a, part_domain, name, sizeof(name));
}

void actor_kill(Actor *a) {
        (void) kill(a->pid, SIGKILL);
        (void) waitpid(a->pid, NULL, 0);
        while (a->fd >= 0)
                actor_receive(a);
        a->client = false;
}

void actor_freeze(Actor *a) {
        (void) kill(a->pid, SIGSTOP);
        (void) waitpid(a->pid, NULL, WUNTRACED);
}

void actor_thaw(Actor *a) {
        (void) kill(a->pid, SIGCONT);
}

void actor_deafen(Actor *a, bool deaf) {
        int value = deaf;

        (void) play(a, part_deafen, &value, sizeof(value));
        a->deaf = deaf;
}

void actor_leave_alone(Actor *a) {
        a->alone = true;
}

void quit(Actor *a) {
        (void) play(a, part_quit, NULL, 0);
        a->client = false;
}

bool actor_lives(const Actor *a) {
        return a->fd >= 0;
}

/* ---- expecting ---- */

/* The next word of a text, which moves on; NULL at its end. */
static const char *next_word(const char **text, size_t *ret_length) {
        const char *begin = *text + strspn(*text, " ");

        *ret_length = strcspn(begin, " ");
        *text = begin + *ret_length;
        return *ret_length ? begin : NULL;
}

static bool has_word(const char *line, const char *want, size_t length) {
        bool negative = *want == '!';
        const char *w;
        size_t n;

        while ((w = next_word(&line, &n))) {
                if (negative && n >= length && strncmp(w, want + 1, length - 1) == 0 && w[length - 1] == '=')
                        return false;
                if (!negative && n == length && strncmp(w, want, n) == 0)
                        return true;
        }
        return negative;
}

/* The first word that is missing, or NULL. */
static const char *missing_word(const char *line, const char *want) {
        const char *w;
        size_t n;

        while ((w = next_word(&want, &n)))
                if (!has_word(line, w, n))
                        return w;
        return NULL;
}

static Line *next_line(Actor *a, ha_gs_token_t token) {
        for (int i = 0; i < a->n_lines; i++)
                if (!a->lines[i].read && a->lines[i].token == token) {
                        last_index = i;
                        return &a->lines[i];
                }
        return NULL;
}

static const char *expect_line(Actor *a, ha_gs_token_t token, const char *want) {
        long deadline = now_ms() + PATIENCE_MS;
        const char *missing;
        Line *l;

        while (!(l = next_line(a, token))) {
                if (a->fd < 0)
                        failed("actor %d is dead and will not hear: %s", a->number, want);
                if (now_ms() >= deadline)
                        failed("actor %d token %d does not hear: %s", a->number, token, want);
                pump(deadline);
        }
        missing = missing_word(l->text, want);
        if (missing)
                failed("actor %d token %d hears\n        %s\nbut should\n        %s\nlacking: %s", a->number,
                                token, l->text, want, missing);
        l->read = true;
        return l->text;
}

const char *expect_here(Seat s, const char *want) {
        return expect_line(s.actor, s.token, want);
}

const char *expect_process_here(Actor *a, const char *want) {
        return expect_line(a, 0, want);
}

int heard_at(void) {
        return last_index;
}

const char *heard(Seat s) {
        Line *l;

        pump(0);
        l = next_line(s.actor, s.token);
        if (!l)
                return NULL;
        l->read = true;
        return l->text;
}

const char *words(const char *format, ...) {
        static char text[4096];
        va_list args;

        va_start(args, format);
        (void) vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        return text;
}

const char *word(const char *line, const char *name) {
        static char value[LINE_SIZE];
        size_t length = strlen(name), n;
        const char *w;

        while ((w = next_word(&line, &n)))
                if (n > length && strncmp(w, name, length) == 0 && w[length] == '=') {
                        (void) snprintf(value, sizeof(value), "%.*s", (int) (n - length - 1),
                                        w + length + 1);
                        return value;
                }
        return "";
}

static void nothing_left(const Actor *a) {
        for (int i = 0; i < a->n_lines; i++)
                if (!a->lines[i].read)
                        failed("actor %d token %d hears, unexpectedly:\n        %s", a->number,
                                        a->lines[i].token, a->lines[i].text);
}

void quiet_here(Actor *a) {
        ha_gs_rc_t code = HA_GS_OK;

        if (a->client && a->fd >= 0 && !a->deaf)
                code = (ha_gs_rc_t) play(a, part_settle, NULL, 0);
        nothing_left(a);
        returned(HA_GS_OK, code, "waiting for what arrives");
}

/* ---- the case ---- */

void story_begin(const char *number) {
        case_number = number;
}

void story_end(void) {
        for (int i = 0; i < n_actors; i++)
                if (!actors[i]->alone && actors[i]->fd >= 0)
                        quiet_here(actors[i]);
}

char *group_name(const char *name) {
        static char names[64][PART_NAME_MAX];
        static unsigned next;
        char *n = names[next++ % 64];

        (void) snprintf(n, PART_NAME_MAX, "%s.%s", case_number, name);
        return n;
}

const char *domain_name(const char *name) {
        static char domain[64];

        (void) snprintf(domain, sizeof(domain), "c%s_%s", case_number, name);
        for (char *c = domain; *c; c++)
                if (*c == '.')
                        *c = '_';
        return domain;
}

void daemon_do_here(const char *verb, const char *domain) {
        const char *program = getenv("CONFORMANCE_DAEMON");
        char command[512];

        if (!program)
                skip("CONFORMANCE_DAEMON is not set");
        (void) snprintf(command, sizeof(command), "'%s' %s %s", program, verb, domain);
        if (system(command) != 0)
                failed("cannot %s the daemon of %s", verb, domain);
}
