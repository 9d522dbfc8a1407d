/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines on standard output: see output.h. */

#include "hagsgroup/output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
        char *data;
        size_t begin, end, size;
} kept;

/* Room for as much more, behind what is kept. */
static int reserve(size_t size) {
        size_t wanted = kept.end - kept.begin + size;
        char *data;

        if (wanted > OUTPUT_MAX)
                return -ENOBUFS;
        if (kept.begin > 0 && kept.end + size > kept.size) {
                memmove(kept.data, kept.data + kept.begin, kept.end - kept.begin);
                kept.end -= kept.begin;
                kept.begin = 0;
        }
        if (kept.end + size <= kept.size)
                return 0;

        wanted = 2 * wanted;
        data = realloc(kept.data, wanted);
        if (!data)
                return -ENOMEM;
        kept.data = data;
        kept.size = wanted;
        return 0;
}

int output_put(const char *line, size_t size) {
        int r = reserve(size);

        if (r < 0)
                return r;
        memcpy(kept.data + kept.end, line, size);
        kept.end += size;
        return output_flush();
}

static bool takes(int timeout) {
        struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

        return poll(&p, 1, timeout) > 0;
}

/* As much as a pipe takes without blocking when poll() says that it takes something: whole lines, if they
 * fit. */
static size_t next_piece(void) {
        size_t n = kept.end - kept.begin;
        const char *end;

        if (n <= PIPE_BUF)
                return n;
        end = memrchr(kept.data + kept.begin, '\n', PIPE_BUF);
        return end ? (size_t) (end + 1 - (kept.data + kept.begin)) : PIPE_BUF;
}

static int write_some(int timeout) {
        ssize_t n;

        while (output_is_pending() && takes(timeout)) {
                n = write(STDOUT_FILENO, kept.data + kept.begin, next_piece());
                if (n < 0 && errno != EINTR && errno != EAGAIN)
                        return -errno;
                if (n > 0)
                        kept.begin += (size_t) n;
        }
        if (!output_is_pending())
                kept.begin = kept.end = 0;
        return 0;
}

int output_flush(void) {
        return write_some(0);
}

bool output_is_pending(void) {
        return kept.begin < kept.end;
}

int output_finish(void) {
        return write_some(-1);
}
