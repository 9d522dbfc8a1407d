/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What waits to be sent over one connection: whole frames, one behind the other in one buffer, into which
 * they are encoded. Many are sent by one call. A frame that is too long for a datagram travels as
 * FRAME_PARTs, whose heads are made when they are sent. An empty queue keeps next to no memory.
 */

#include <stddef.h>
#include <stdint.h>

typedef struct Queue {
        uint8_t *data;
        uint32_t begin; /* what is before it was sent */
        uint32_t end;
        uint32_t allocated;
        uint32_t travelled; /* so many bytes of the first frame have been sent, in parts */
} Queue;

enum {
        _QUEUE_E_SUCCESS,

        QUEUE_E_FULL, /* the socket takes no more for now */
};

/*
 * Room for a frame of up to `size` bytes behind what is queued, to be written to *ret. Without a
 * queue_commit() it was never there. -ENOMEM, also where the queue would have 4 GiB.
 */
int queue_reserve(Queue *queue, size_t size, uint8_t **ret);

/* A frame of `size` bytes was written into the room. */
void queue_commit(Queue *queue, size_t size);

/* The bytes that are not sent yet, with what aligns the frames. */
static inline size_t queue_size(const Queue *queue) {
        return queue->end - queue->begin;
}

/* Send what the socket takes. 0: all; QUEUE_E_FULL; or the negative errno value of sendmmsg(). */
int queue_send(Queue *queue, int fd);

/* Forget what is queued, and free the memory. */
void queue_clear(Queue *queue);
