/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the measurements of Group Services share: samples, rows of a table, and the crew, processes that work
 * in step. Whatever fails ends the program with one sentence; no figure does.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/macro.h"

#define CREW 10     /* processes of a group, and of what it is compared with */
#define PAYLOAD 64u /* bytes of a message, everywhere */

_printf_(1, 2) _Noreturn void die(const char *format, ...);

uint64_t now_ns(void);

/* Wait until `fd` can be read. */
void wait_readable(int fd);

/* The daemon's process: HAGSD_PID of the environment. */
pid_t gs_server(void);
/* Run a process, 0: this one, on one processor only. */
void process_pin(pid_t pid, unsigned cpu);
/* How much time on processors a process has had. */
uint64_t process_ns(pid_t pid);

/* ---- samples: durations of one kind ---- */

typedef struct Samples {
        uint64_t *ns;
        size_t n, size;
} Samples;

void samples_add(Samples *s, uint64_t ns);
/* Sorts them. */
uint64_t samples_percentile(Samples *s, unsigned percent);
void samples_done(Samples *s);

/* ---- rows ---- */

/* The head, with the name of what is compared with. */
void row_head(const char *what, const char *other);
/* Ours beside theirs, and the ratio ours / theirs; `must` and `aim` as the issue says them. */
void row(const char *what, double ours, double theirs, const char *must, const char *aim);
/* Ours beside theirs, and the ratio theirs / ours: how many times faster. */
void row_faster(const char *what, double ours, double theirs, const char *must, const char *aim);
/* Ours alone. */
void row_alone(const char *what, double ours, const char *must, const char *aim);

/* ---- the crew ---- */

/* Run `work` in `n` processes, with ranks from 0, and wait for them. One that fails ends all. */
void crew_run(unsigned n, void (*work)(unsigned rank));
/* Wait until all processes of the crew are here. */
void crew_meet(void);
/* The time from the first crew_begin() of the round to its last crew_end(); all three are met by all. */
void crew_begin(void);
void crew_end(void);
uint64_t crew_elapsed(void);

/* ---- the floor: a server on sd-event that does what it must and nothing else ---- */

typedef enum EchoType {
        ECHO_BACK,  /* the message goes back to its sender */
        ECHO_ALL,   /* to all clients */
        ECHO_PHASE, /* when one of each client has come, it goes to all */
} EchoType;

typedef struct EchoMessage {
        uint32_t type;
        uint32_t rank; /* of the sender */
        uint8_t payload[PAYLOAD];
} EchoMessage;

/* Start the server, a child that ends with its parent. To be called before the crew is made. */
void echo_start(void);
pid_t echo_server(void);
/* Connect to it. All who connect are its clients for ECHO_ALL and ECHO_PHASE. */
int echo_connect(void);
void echo_send(int fd, EchoType type, uint32_t rank);
/* A message if there is one. */
bool echo_receive(int fd, EchoMessage *ret);
/* A message to the server and back. */
void echo_ping(int fd);

/* ---- etcd as a barrier ---- */

typedef struct Etcd Etcd;

/* Connect to a fresh server, by the path of its socket. */
Etcd *etcd_connect(const char *path);
/* Wait until `n` clients have called it as often as this one. */
void etcd_barrier(Etcd *e, unsigned n);

/* ---- the commands of the program, each with its name as the first argument ---- */

int ping_main(int argc, char **argv);
int talk_main(int argc, char **argv);
int vote_main(int argc, char **argv);
int join_main(int argc, char **argv);
int memory_main(int argc, char **argv);
int hand_over_main(int argc, char **argv);
int drive_main(int argc, char **argv);
