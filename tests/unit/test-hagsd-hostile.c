/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The daemon among clients that may speak to it and mean no good, or do not read: the others are served as
 * if they were not there. HAGS_FRAMES: how many bad frames are sent.
 */

#include "raw-client.h"

#include "../sim/rng.h"

#define FRAMES 100000
#define FRAMES_BETWEEN 1000 /* two looks whether the good client is served */
#define ANSWER_MS 1000      /* what a turn of a loaded daemon may take */

/* ---- a client that is served, or not ---- */

typedef struct Good {
        int fd;
        RawFrame frame;
} Good;

static void good_join(Good *g, const Fixture *f, const char *group) {
        const Event join = raw_join(1, group, 1, GS_1_PHASE);

        g->fd = raw_connect(f);
        raw_request(g->fd, &join);
        raw_await(g->fd, 1, GS_JOIN, &g->frame);
}

/* A message of its own comes back. Returns after how many milliseconds. */
static uint64_t good_ask(Good *g, uint32_t size) {
        static const uint8_t text[GS_MESSAGE_MAX];
        const Event message = raw_message(1, GS_1_PHASE, text, size);
        uint64_t begin = now_ms();

        raw_request(g->fd, &message);
        raw_await(g->fd, 1, GS_PROVIDER_MESSAGE, &g->frame);
        return now_ms() - begin;
}

static void test_client_that_does_not_read_is_cut_off_and_delays_nobody(void **state) {
        const Event join = raw_join(1, "g", 2, GS_1_PHASE);
        static Good good;
        Fixture *f = *state;
        unsigned n = 0;
        int deaf;

        f->journal = true;
        start(f);
        good_join(&good, f, "g");
        deaf = raw_connect(f);
        raw_request(deaf, &join);
        raw_await(good.fd, 1, GS_JOIN, &good.frame);

        /* 1 MiB of its own, and what its socket holds, are 2,000 of these at most. */
        do {
                assert_true(good_ask(&good, GS_MESSAGE_MAX) < ANSWER_MS);
                assert_true(n++ < 2000);
        } while (good.frame.notification.n.n_current == 2);
        assert_true(n > 500);
        wait_for(f, journaled(f, "ConnectionQueuedBytes="));

        /* What had been sent to it before can still be read. */
        while (raw_receive(deaf, &good.frame))
                ;
        (void) close(deaf);
        (void) close(good.fd);
        assert_int_equal(stop(f), 0);
}

/* ---- bad frames ---- */

static const char random_group[] = "bad";

static Event random_event(Rng *rng) {
        static const EventType types[] = { EVENT_JOIN, EVENT_JOIN, EVENT_LEAVE, EVENT_GOODBYE, EVENT_EXPEL,
                EVENT_STATE_CHANGE, EVENT_MESSAGE, EVENT_MESSAGE, EVENT_ATTRIBUTES, EVENT_VOTE };
        Event e = { .type = types[rng_below(rng, ELEMENTSOF(types))] };
        const EventProposal proposal = { .serial = rng_below(rng, 9),
                .num_phases = rng_chance(rng, 50) ? GS_N_PHASE : GS_1_PHASE,
                .time_limit = (uint16_t) rng_below(rng, 3) };
        Event join = raw_join(1, random_group, (uint16_t) rng_below(rng, 20), proposal.num_phases);

        e.leave.proposal = proposal; /* in all proposals the first */
        if (e.type == EVENT_JOIN)
                e.join = join.join;
        else if (e.type == EVENT_ATTRIBUTES)
                e.attributes.attributes = join.join.attributes;
        else if (e.type == EVENT_STATE_CHANGE)
                e.state_change.state = (GsBytes){ "state", 1 + rng_below(rng, 5) };
        else if (e.type == EVENT_MESSAGE)
                e.message.message = (GsBytes){ "message", 1 + rng_below(rng, 7) };
        else if (e.type == EVENT_EXPEL)
                e.expel.n_targets = (uint16_t) (1 + rng_below(rng, 4));
        else if (e.type == EVENT_VOTE)
                e.vote = (EventVote){
                        .phase = { 16 + rng_below(rng, 4), rng_below(rng, 50), rng_below(rng, 3) },
                        .value = (GsVote) (1 + rng_below(rng, 3)),
                };
        e.client.token = 1 + (int32_t) rng_below(rng, 40);
        return e;
}

/* A frame that some client might send at some time. */
static ssize_t random_frame(Rng *rng, uint8_t *buffer, size_t size) {
        const ClientSubscribe subscribe = {
                .token = 1 + (int32_t) rng_below(rng, 40), .control = 15, .group = "bad"
        };
        const ClientHello hello = { .version_min = 1, .version_max = 1, .script = "/bin/true" };
        Event event = random_event(rng);
        FrameWriter w;

        switch (rng_below(rng, 20)) {
        case 0:
                return client_encode_hello(&hello, buffer, size);
        case 1:
                return client_encode_subscribe(&subscribe, buffer, size);
        case 2:
                return client_encode_token(FRAME_UNSUBSCRIBE, 7, subscribe.token, buffer, size);
        case 3:
                return client_encode_pong(true, buffer, size);
        case 4:
                w = frame_begin(buffer, size, FRAME_STATUS_QUESTION, 1);
                return frame_finish(&w);
        default:
                return raw_encode(&event, buffer, size);
        }
}

static size_t spoil(Rng *rng, uint8_t *frame, size_t size) {
        switch (rng_below(rng, 8)) {
        case 0: /* a few bytes are others */
                for (uint32_t n = 1 + rng_below(rng, 4); n > 0; n--)
                        frame[rng_below(rng, (uint32_t) size)] = (uint8_t) rng_next(rng);
                return size;
        case 1: /* cut */
                return 1 + rng_below(rng, (uint32_t) size);
        case 2: /* cut, and its length says so */
                size = FRAME_HEAD_SIZE + rng_below(rng, (uint32_t) (size - FRAME_HEAD_SIZE + 1));
                frame[8] = (uint8_t) size;
                frame[9] = (uint8_t) (size >> 8);
                return size;
        case 3: /* twice in one datagram */
                memcpy(frame + size, frame, size);
                return 2 * size;
        case 4: /* a body of anything */
                for (size_t i = FRAME_HEAD_SIZE; i < size; i++)
                        frame[i] = (uint8_t) rng_next(rng);
                return size;
        case 5: /* anything at all */
                for (size_t i = 0; i < size; i++)
                        frame[i] = (uint8_t) rng_next(rng);
                return size;
        default:
                return size;
        }
}

static int bad_connect(const Fixture *f, Rng *rng) {
        int fd = try_connect(f);

        assert_true(fd >= 0);
        if (rng_chance(rng, 90))
                raw_hello(fd);
        return fd;
}

/* Takes what the daemon says, which may be the end. */
static bool bad_goes_on(int fd) {
        static uint8_t answer[FRAME_SIZE_MAX];
        ssize_t n;

        while ((n = recv(fd, answer, sizeof(answer), MSG_DONTWAIT)) > 0)
                ;
        return n < 0 && errno == EAGAIN;
}

static void test_random_cut_and_doubled_frames_hurt_nobody_else(void **state) {
        const char *wanted = getenv("HAGS_FRAMES");
        unsigned n = wanted ? (unsigned) strtoul(wanted, NULL, 0) : FRAMES;
        Rng rng = rng_make(n, 0);
        static uint8_t frame[16384];
        static Good good;
        Fixture *f = *state;
        int fd = -1;

        start(f);
        good_join(&good, f, "good");
        for (unsigned i = 0; i < n; i++) {
                ssize_t size = random_frame(&rng, frame, sizeof(frame) / 2);

                assert_true(size > 0);
                size = (ssize_t) spoil(&rng, frame, (size_t) size);
                if (fd < 0)
                        fd = bad_connect(f, &rng);
                for (unsigned times = 1 + rng_chance(&rng, 10); times > 0; times--)
                        (void) send(fd, frame, (size_t) size, MSG_NOSIGNAL);
                if (!bad_goes_on(fd) || rng_chance(&rng, 1))
                        closep(&fd), fd = -1;
                if (i % FRAMES_BETWEEN == 0)
                        assert_true(good_ask(&good, 10) < ANSWER_MS);
        }
        assert_true(good_ask(&good, 10) < ANSWER_MS);
        closep(&fd);
        (void) close(good.fd);
        wait_for(f, ask_status(f).n_providers == 0);
        assert_int_equal(stop(f), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                hagsd_test(test_client_that_does_not_read_is_cut_off_and_delays_nobody),
                hagsd_test(test_random_cut_and_doubled_frames_hurt_nobody_else),
        };

        return cmocka_run_group_tests(tests, fixture_group_setup, NULL);
}
