/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The membership list of a token: see members.h. */

#include "libha_gs/members.h"

#include <string.h>

#include "util/macro.h"

#define MEMBERS_MIN 8
#define MEMBERS_MAX (NOTIFICATION_SIZE_MAX / sizeof(GsProvider)) /* a frame must be able to have it */

static int members_reserve(Members *m, uint32_t n) {
        uint32_t size = m->size > 0 ? m->size : MEMBERS_MIN;
        ha_gs_provider_t *list;

        if (n <= m->size)
                return 0;
        if (n > MEMBERS_MAX)
                return -EBADMSG;
        while (size < n)
                size *= 2;

        list = realloc(m->list, 2 * (size_t) size * sizeof(*list));
        if (!list)
                return -ENOMEM;
        m->list = list;
        m->size = size;
        return 0;
}

static int members_append(Members *m, const GsProvider *providers, uint32_t n) {
        int r;

        r = members_reserve(m, m->n + n);
        if (r < 0)
                return r;
        if (n > 0)
                memcpy(m->list + m->n, providers, n * sizeof(*m->list));
        m->n += n;
        return 0;
}

static bool contains(const GsProvider *providers, uint32_t n, ha_gs_provider_t provider) {
        for (uint32_t i = 0; i < n; i++)
                if (memcmp(&providers[i], &provider, sizeof(provider)) == 0)
                        return true;
        return false;
}

static void members_remove(Members *m, const GsProvider *providers, uint32_t n) {
        uint32_t kept = 0;

        for (uint32_t i = 0; i < m->n; i++)
                if (!contains(providers, n, m->list[i]))
                        m->list[kept++] = m->list[i];
        m->n = kept;
}

int members_apply(Members *m, const NotificationFrame *frame) {
        const GsNotification *n = &frame->n;
        int r = 0;

        switch (frame->list) {
        case NOTIFICATION_LIST_FULL:
                m->n = 0;
                r = members_append(m, n->current, n->n_current);
                break;
        case NOTIFICATION_LIST_APPEND:
                r = members_append(m, n->changing, n->n_changing);
                break;
        case NOTIFICATION_LIST_REMOVE:
                members_remove(m, n->changing, n->n_changing);
                break;
        case NOTIFICATION_LIST_NONE:
                return 0;
        default:
                break;
        }
        if (r < 0)
                return r;
        return m->n == n->n_current ? 0 : -EBADMSG;
}

ha_gs_provider_t *members_show(Members *m) {
        if (m->n == 0)
                return NULL;
        return memcpy(m->list + m->size, m->list, m->n * sizeof(*m->list));
}

void members_done(Members *m) {
        free(m->list);
        *m = (Members){};
}
