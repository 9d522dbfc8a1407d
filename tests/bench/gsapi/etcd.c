/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * etcd as a barrier: see bench.h. It is spoken to in its own protocol, gRPC, by a client that costs next to
 * nothing: HTTP/2 frames made here, over its Unix socket. So what is measured is etcd, and no library for it
 * could be quicker: with its own one, for Go, the same barrier took five times as long.
 *
 * The barrier is the cheapest that was found: all put the same key and watch it, and its version tells how
 * many have come. (A second key, put by the last one, spares events but costs one more commit: no quicker.)
 */

#include <endian.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "bench.h"

#define KEY_NAME "arrived"
#define PATIENCE_S 20

enum { /* HTTP/2 (RFC 9113): types and flags of frames */
        H2_DATA = 0,
        H2_HEADERS = 1,
        H2_RST_STREAM = 3,
        H2_SETTINGS = 4,
        H2_PING = 6,
        H2_GOAWAY = 7,
        H2_WINDOW_UPDATE = 8,
        H2_ACK = 1,
        H2_END_STREAM = 1,
        H2_END_HEADERS = 4,
};

#define WATCH_STREAM 1

struct Etcd {
        int fd;
        uint32_t stream;    /* of the last call */
        uint64_t n_calls;   /* of etcd_barrier() */
        uint64_t n_arrived; /* the key's version, as the watch told it last */
        bool watching;

        uint8_t in[64 * 1024]; /* bytes that have come, and are not taken */
        size_t n_in;
};

typedef struct Text { /* what is being written */
        uint8_t data[1024];
        size_t n;
} Text;

static void put(Text *t, const void *data, size_t n) {
        if (t->n + n > sizeof(t->data))
                die("etcd client: a request is too long");
        memcpy(t->data + t->n, data, n);
        t->n += n;
}

static void put_u8(Text *t, unsigned value) {
        put(t, &(uint8_t){ (uint8_t) value }, 1);
}

static void put_be32(Text *t, uint32_t value) {
        put(t, &(uint32_t){ htobe32(value) }, 4);
}

/* ---- frames ---- */

static void put_frame_head(Text *t, size_t size, unsigned type, unsigned flags, uint32_t stream) {
        put_u8(t, (unsigned) (size >> 16));
        put_u8(t, (unsigned) (size >> 8) & 0xff);
        put_u8(t, (unsigned) size & 0xff);
        put_u8(t, type);
        put_u8(t, flags);
        put_be32(t, stream);
}

static void put_frame(Text *t, unsigned type, unsigned flags, uint32_t stream, const Text *body) {
        put_frame_head(t, body->n, type, flags, stream);
        put(t, body->data, body->n);
}

static void flush(const Etcd *e, const Text *t) {
        if (send(e->fd, t->data, t->n, MSG_NOSIGNAL) != (ssize_t) t->n)
                die("etcd client: send: %s", strerror(errno));
}

/* A header, literal and not to be remembered (RFC 7541, 6.2.2). */
static void put_header(Text *t, const char *name, const char *value) {
        put_u8(t, 0);
        put_u8(t, (unsigned) strlen(name));
        put(t, name, strlen(name));
        put_u8(t, (unsigned) strlen(value));
        put(t, value, strlen(value));
}

/* Open a stream with the headers of a call, and send its message, which for a watch is not the last. */
static void call(Etcd *e, uint32_t stream, const char *method, const Text *message) {
        Text headers = { .n = 0 }, body = { .n = 0 }, t = { .n = 0 };

        put_header(&headers, ":method", "POST");
        put_header(&headers, ":scheme", "http");
        put_header(&headers, ":path", method);
        put_header(&headers, ":authority", "localhost");
        put_header(&headers, "content-type", "application/grpc");
        put_header(&headers, "te", "trailers");
        put_u8(&body, 0); /* not compressed */
        put_be32(&body, (uint32_t) message->n);
        put(&body, message->data, message->n);

        put_frame(&t, H2_HEADERS, H2_END_HEADERS, stream, &headers);
        put_frame(&t, H2_DATA, stream == WATCH_STREAM ? 0 : H2_END_STREAM, stream, &body);
        flush(e, &t);
}

/* ---- protocol buffers ---- */

static uint64_t get_varint(const uint8_t **p, const uint8_t *end) {
        uint64_t value = 0;

        for (unsigned shift = 0; *p < end && shift < 64; shift += 7) {
                uint8_t byte = *(*p)++;

                value |= (uint64_t) (byte & 0x7f) << shift;
                if (!(byte & 0x80))
                        return value;
        }
        die("etcd client: an answer is malformed");
}

static void put_bytes(Text *t, unsigned field, const void *data, size_t n) { /* of fewer than 128 bytes */
        put_u8(t, field << 3 | 2);
        put_u8(t, (unsigned) n);
        put(t, data, n);
}

/* A field of a message: bytes, or a number. Returns whether it is there. */
static bool find(const uint8_t *p, const uint8_t *end, unsigned field, const uint8_t **ret,
                uint64_t *ret_number) {
        while (p < end) {
                uint64_t tag = get_varint(&p, end), number = get_varint(&p, end);
                bool bytes = (tag & 7) == 2;

                if ((tag & 7) > 2 || (bytes && number > (uint64_t) (end - p)))
                        die("etcd client: an answer is malformed");
                if (tag >> 3 == field) {
                        *ret = p;
                        *ret_number = number;
                        return true;
                }
                p += bytes ? number : 0;
        }
        return false;
}

/* ---- what comes ---- */

static void take_event(Etcd *e, const uint8_t *p, const uint8_t *end) {
        enum { PAIR = 2, VERSION = 4 };
        const uint8_t *pair, *unused;
        uint64_t size, version;

        if (find(p, end, PAIR, &pair, &size) && find(pair, pair + size, VERSION, &unused, &version))
                e->n_arrived = version > e->n_arrived ? version : e->n_arrived;
}

/* A message of the watch, in a DATA frame: etcd puts each of these short ones into one. */
static void take_watch(Etcd *e, const uint8_t *p, const uint8_t *end) {
        enum { CREATED = 3, EVENTS = 11, PREFIX = 5 };
        const uint8_t *event;
        uint64_t size;

        p += PREFIX;
        if (p > end)
                die("etcd client: an answer has an odd size");
        if (find(p, end, CREATED, &event, &size))
                e->watching = true;
        for (; find(p, end, EVENTS, &event, &size); p = event + size)
                take_event(e, event, event + size);
}

static void take_frame(Etcd *e, unsigned type, unsigned flags, uint32_t stream, const uint8_t *p, size_t n) {
        Text t = { .n = 0 }, body = { .n = 0 };

        switch (type) {
        case H2_DATA:
                if (stream == WATCH_STREAM && n > 0)
                        take_watch(e, p, p + n);
                break;
        case H2_SETTINGS:
        case H2_PING:
                if (flags & H2_ACK)
                        break;
                if (type == H2_PING)
                        put(&body, p, n);
                put_frame(&t, type, H2_ACK, 0, &body);
                flush(e, &t);
                break;
        case H2_RST_STREAM:
        case H2_GOAWAY:
                die("etcd refuses a call");
        default:
                break;
        }
}

/* Wait for bytes, and take the frames that are whole. */
static void receive(Etcd *e) {
        ssize_t n = recv(e->fd, e->in + e->n_in, sizeof(e->in) - e->n_in, 0);
        size_t begin = 0;

        if (n <= 0)
                die("etcd client: the server has ended, or says nothing");
        e->n_in += (size_t) n;
        while (e->n_in - begin >= 9) {
                const uint8_t *p = e->in + begin;
                size_t size = (size_t) p[0] << 16 | (size_t) p[1] << 8 | p[2];
                uint32_t stream;

                memcpy(&stream, p + 5, sizeof(stream));

                if (e->n_in - begin < 9 + size)
                        break;
                take_frame(e, p[3], p[4], be32toh(stream), p + 9, size);
                begin += 9 + size;
        }
        e->n_in -= begin;
        memmove(e->in, e->in + begin, e->n_in);
}

/* ---- the barrier ---- */

/* The answer is not waited for: the watch tells. */
static void put_key(Etcd *e) {
        enum { KEY = 1 };
        Text message = { .n = 0 };

        put_bytes(&message, KEY, KEY_NAME, strlen(KEY_NAME));
        call(e, e->stream += 2, "/etcdserverpb.KV/Put", &message);
}

static void watch_key(Etcd *e) {
        enum { CREATE = 1, KEY = 1 };
        Text create = { .n = 0 }, message = { .n = 0 };

        put_bytes(&create, KEY, KEY_NAME, strlen(KEY_NAME));
        put_bytes(&message, CREATE, create.data, create.n);
        call(e, WATCH_STREAM, "/etcdserverpb.Watch/Watch", &message);
        while (!e->watching)
                receive(e);
}

/* The preface, and windows so large that nothing has to be said of them any more. */
static void greet(const Etcd *e) {
        enum { INITIAL_WINDOW_SIZE = 4, LARGEST = 0x7fffffff, DEFAULT = 65535 };
        static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        Text settings = { .n = 0 }, window = { .n = 0 }, t = { .n = 0 };

        put(&settings, (uint8_t[]){ 0, INITIAL_WINDOW_SIZE }, 2);
        put_be32(&settings, LARGEST);
        put_be32(&window, LARGEST - DEFAULT);
        put(&t, preface, strlen(preface));
        put_frame(&t, H2_SETTINGS, 0, 0, &settings);
        put_frame(&t, H2_WINDOW_UPDATE, 0, 0, &window);
        flush(e, &t);
}

Etcd *etcd_connect(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        struct timeval limit = { .tv_sec = PATIENCE_S };
        Etcd *e = calloc(1, sizeof(*e));

        if (!e)
                die("out of memory");
        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        e->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (e->fd < 0 || setsockopt(e->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ||
                        connect(e->fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                die("etcd: %s: %s", path, strerror(errno));
        e->stream = WATCH_STREAM;
        greet(e);
        watch_key(e);
        return e;
}

void etcd_barrier(Etcd *e, unsigned n) {
        uint64_t target = ++e->n_calls * n;

        put_key(e);
        while (e->n_arrived < target)
                receive(e);
}
