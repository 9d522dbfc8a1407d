/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The few macros every part shares: scope-bound ownership and what the compiler should check.
 *
 * A local that owns something says so where it is declared; whoever takes it over writes TAKE_PTR() or
 * TAKE_FD() at the point of transfer. There is no goto-style clean-up anywhere in this tree.
 */

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((__cleanup__(f)))
#define _printf_(format, first) __attribute__((__format__(__printf__, format, first)))
#define _unused_ __attribute__((__unused__))
#define _warn_unused_result_ __attribute__((__warn_unused_result__))

#define ELEMENTSOF(a) (sizeof(a) / sizeof((a)[0]))

#define TAKE_PTR(p)                     \
        ({                              \
                __typeof__(p) _p = (p); \
                (p) = NULL;             \
                _p;                     \
        })
#define TAKE_FD(fd)            \
        ({                     \
                int _f = (fd); \
                (fd) = -EBADF; \
                _f;            \
        })

/* For _cleanup_() on any pointer that free() takes. */
static inline void freep(void *p) {
        free(*(void **) p);
}

/* For _cleanup_() on a file descriptor; errno survives it. */
static inline void closep(int *fd) {
        int saved = errno;

        if (*fd >= 0)
                (void) close(*fd);
        errno = saved;
}

/* For _cleanup_() on a stdio stream. */
static inline void fclosep(FILE **f) {
        if (*f)
                (void) fclose(*f);
}

/* Defines name##p(), the _cleanup_() form of a destructor that takes NULL: xyz_freep() of xyz_free(). */
#define DEFINE_CLEANUP(type, destructor)            \
        static inline void destructor##p(type *p) { \
                (void) destructor(*p);              \
        }
