/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The words of a log line: see logline.h. No printf here: a busy daemon makes a hundred thousand of these a
 * second.
 */

#include "log/logline.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <syslog.h>

#define IDENT_MAX 64 /* so that the text always finds room */

/* ---- text ---- */

static bool is_plain(unsigned char c) {
        return c >= 0x20 && c < 0x7f && c != '\\';
}

/* The length of the well-formed UTF-8 sequence that begins at `s`, if it is no control character; else 0. */
static size_t utf8_length(const unsigned char *s) {
        static const uint32_t smallest[] = { [2] = 0xa0, [3] = 0x800, [4] = 0x10000 }; /* below a0: C1 */
        size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
        uint32_t c = s[0] & (0x7f >> n);

        if (s[0] < 0xc2 || s[0] > 0xf4)
                return 0;

        for (size_t i = 1; i < n; i++) {
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (s[i] & 0x3f);
        }
        return c >= smallest[n] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) ? n : 0;
}

/* What stands for the character at `s`, which is not plain: *ret_length bytes, for *ret_used of the text. */
static const char *escape_character(
                char escape[static 4], const unsigned char *s, size_t *ret_length, size_t *ret_used) {
        static const char hex[] = "0123456789abcdef";
        size_t n = utf8_length(s);

        *ret_used = n > 0 ? n : 1;
        if (n > 0) {
                *ret_length = n;
                return (const char *) s;
        }

        escape[0] = '\\';
        escape[1] = *s == '\n' ? 'n' : *s == '\t' ? 't' : *s == '\\' ? '\\' : 'x';
        escape[2] = hex[*s >> 4];
        escape[3] = hex[*s & 0xf];
        *ret_length = escape[1] == 'x' ? 4 : 2;
        return escape;
}

/* Write `text` from `p` on, not beyond `end`. Returns where it ends. */
static char *put_text(char *p, const char *end, const char *text) {
        const unsigned char *s = (const unsigned char *) text;

        while (*s) {
                size_t length, used;
                const char *piece;
                char escape[4];

                if (is_plain(*s)) {
                        if (p == end)
                                break;
                        *p++ = (char) *s++;
                        continue;
                }

                piece = escape_character(escape, s, &length, &used);
                if ((size_t) (end - p) < length)
                        break;
                p = mempcpy(p, piece, length);
                s += used;
        }
        return p;
}

size_t logline_escape(char *buffer, size_t size, const char *text) {
        char *end = put_text(buffer, buffer + size - 1, text);

        *end = 0;
        return (size_t) (end - buffer);
}

/* ---- head ---- */

/* What lines of the same second share. Zone data is read once a process, as everywhere in libc. */
typedef struct Second {
        bool known;
        time_t when;
        char date[64]; /* 2026-11-22T17:23:26 */
        char zone[16]; /* +00:00 */
} Second;

static const Second *second_get(time_t when) {
        static Second cache;
        struct tm tm;

        if (cache.known && cache.when == when)
                return &cache;

        if (!localtime_r(&when, &tm)) /* A year that no int holds: as good as any other wrong clock. */
                tm = (struct tm){ .tm_mday = 1 };

        (void) strftime(cache.date, sizeof(cache.date), "%Y-%m-%dT%H:%M:%S", &tm);
        (void) strftime(cache.zone, sizeof(cache.zone), "%z", &tm);
        memmove(cache.zone + 4, cache.zone + 3, 3); /* +0000 to +00:00 */
        cache.zone[3] = ':';

        cache.when = when;
        cache.known = true;
        return &cache;
}

static char *put_number(char *p, unsigned long value, size_t digits) {
        for (size_t i = digits; i > 0; i--, value /= 10)
                p[i - 1] = (char) ('0' + value % 10);
        return p + digits;
}

static size_t count_digits(unsigned long value) {
        size_t n = 1;

        for (; value >= 10; value /= 10)
                n++;
        return n;
}

static const char *level_name(int priority) {
        static const char *const names[] = {
                [LOG_EMERG... LOG_ERR] = "error",
                [LOG_WARNING] = "warning",
                [LOG_NOTICE] = "notice",
                [LOG_INFO] = "info",
                [LOG_DEBUG] = "debug",
        };

        return names[LOG_PRI(priority)];
}

size_t logline_format(char buffer[static LOG_LINE_MAX], const struct timespec *when, const char *ident,
                pid_t pid, int priority, const char *text) {
        const Second *second = second_get(when->tv_sec);
        unsigned long id = (unsigned long) pid;
        char *p = buffer;

        p = stpcpy(p, second->date);
        *p++ = '.';
        p = put_number(p, (unsigned long) when->tv_nsec / 1000, 6);
        p = stpcpy(p, second->zone);
        *p++ = ' ';
        p = put_text(p, p + IDENT_MAX, ident);
        *p++ = '[';
        p = put_number(p, id, count_digits(id));
        *p++ = ']';
        *p++ = ' ';
        p = stpcpy(p, level_name(priority));
        *p++ = ' ';
        p = put_text(p, buffer + LOG_LINE_MAX - 1, text);
        *p = 0;
        return (size_t) (p - buffer);
}
