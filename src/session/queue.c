/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What waits to be sent over one connection: see queue.h. */

#include "session/queue.h"

#include <string.h>
#include <sys/socket.h>

#include "util/macro.h"
#include "wire/frame.h"

#define ALLOCATED_MIN 1024
#define BATCH 32 /* datagrams a call */
#define PART_SIZE ((size_t) FRAME_SIZE_MAX - FRAME_HEAD_SIZE)

/* Frames begin at multiples of 4, as the lists in a notification want it. */
static size_t aligned(size_t size) {
        return (size + 3) & ~(size_t) 3;
}

/* ---- the buffer ---- */

static int queue_grow(Queue *q, size_t wanted) {
        size_t allocated = q->allocated > 0 ? q->allocated : ALLOCATED_MIN;
        uint8_t *data;

        while (allocated < wanted)
                allocated *= 2;
        if (allocated > UINT32_MAX)
                return -ENOMEM;
        data = realloc(q->data, allocated);
        if (!data)
                return -ENOMEM;

        q->data = data;
        q->allocated = (uint32_t) allocated;
        return 0;
}

int queue_reserve(Queue *q, size_t size, uint8_t **ret) {
        size_t wanted = q->end + aligned(size);
        int r;

        /* To the front only what is less than the gap there: so a byte is moved no more than once. */
        if (wanted > q->allocated && q->begin > 0 && queue_size(q) <= q->begin) {
                memmove(q->data, q->data + q->begin, queue_size(q));
                wanted -= q->begin;
                q->end -= q->begin;
                q->begin = 0;
        }
        if (wanted > q->allocated) {
                r = queue_grow(q, wanted);
                if (r < 0)
                        return r;
        }

        *ret = q->data + q->end;
        return 0;
}

void queue_commit(Queue *q, size_t size) {
        memset(q->data + q->end + size, 0, aligned(size) - size);
        q->end += (uint32_t) aligned(size);
}

void queue_clear(Queue *q) {
        free(q->data);
        *q = (Queue){};
}

/* ---- sending ---- */

typedef struct Datagram {
        struct iovec vectors[2];
        uint8_t head[FRAME_HEAD_SIZE]; /* of a part */
        uint32_t begin, travelled;     /* of the queue, once it is sent */
} Datagram;

static uint32_t frame_length(const uint8_t *frame) {
        FrameReader r = { .data = frame, .size = FRAME_HEAD_SIZE };

        (void) frame_get_u64(&r);
        return frame_get_u32(&r);
}

/* The first datagram of a queue that begins at `begin`, `travelled` bytes into its first frame. */
static void make_datagram(const Queue *q, uint32_t begin, uint32_t travelled, Datagram *ret) {
        uint8_t *frame = q->data + begin;
        uint32_t length = frame_length(frame);
        uint32_t size = length - travelled < PART_SIZE ? length - travelled : PART_SIZE;

        if (length <= FRAME_SIZE_MAX) {
                size = length;
                ret->vectors[0] = (struct iovec){};
        } else {
                FrameWriter w = frame_begin(ret->head, sizeof(ret->head), FRAME_PART, 0);

                w.used += size; /* its body stays where it is */
                (void) frame_finish(&w);
                ret->vectors[0] = (struct iovec){ .iov_base = ret->head, .iov_len = sizeof(ret->head) };
        }
        ret->vectors[1] = (struct iovec){ .iov_base = frame + travelled, .iov_len = size };

        travelled += size;
        ret->begin = travelled < length ? begin : begin + (uint32_t) aligned(length);
        ret->travelled = travelled < length ? travelled : 0;
}

/* How many were sent, or -1. One that is alone, as most are, is sent by the call that costs least. */
static int send_datagrams(int fd, struct mmsghdr *messages, unsigned n) {
        const struct iovec *vectors = messages[0].msg_hdr.msg_iov;

        if (n > 1 || vectors[0].iov_len > 0)
                return sendmmsg(fd, messages, n, MSG_DONTWAIT | MSG_NOSIGNAL);
        return send(fd, vectors[1].iov_base, vectors[1].iov_len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 1;
}

/* Send up to BATCH datagrams. How many were sent, and in *ret_all whether those were all of the batch. */
static int send_batch(Queue *q, int fd, bool *ret_all) {
        struct mmsghdr messages[BATCH];
        Datagram datagrams[BATCH];
        uint32_t begin = q->begin, travelled = q->travelled;
        unsigned n;
        int sent;

        for (n = 0; n < BATCH && begin < q->end; n++) {
                make_datagram(q, begin, travelled, &datagrams[n]);
                begin = datagrams[n].begin;
                travelled = datagrams[n].travelled;
                messages[n] = (struct mmsghdr){
                        .msg_hdr = { .msg_iov = datagrams[n].vectors, .msg_iovlen = 2 }
                };
        }

        sent = send_datagrams(fd, messages, n);
        if (sent <= 0)
                return sent < 0 ? -errno : -EAGAIN;

        q->begin = datagrams[sent - 1].begin;
        q->travelled = datagrams[sent - 1].travelled;
        *ret_all = (unsigned) sent == n;
        return 0;
}

int queue_send(Queue *q, int fd) {
        bool all = true;
        int r;

        while (q->begin < q->end && all) {
                r = send_batch(q, fd, &all);
                if (r == -EAGAIN || r == -EINTR)
                        return QUEUE_E_FULL;
                if (r < 0)
                        return r;
        }
        if (q->begin < q->end)
                return QUEUE_E_FULL;

        q->begin = q->end = 0;
        if (q->allocated > ALLOCATED_MIN)
                queue_clear(q);
        return 0;
}
