/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagscl: the clients of this host's hagsd, and which groups they are in. */

#include <inttypes.h>
#include <pwd.h>
#include <string.h>

#include "diag/json.h"
#include "diag/programs.h"
#include "diag/text.h"

/* ---- what they are in ---- */

/*
 * A provider or subscriber of this host. The daemon tells them group by group, and they are wanted client by
 * client.
 */
typedef struct Membership {
        uint32_t connection;
        int32_t token;
        const ReportGroup *group;
        const ReportProvider *provider; /* NULL: a subscriber */
        const ReportSubscriber *subscriber;
        const char *role;
} Membership;

typedef struct Memberships {
        Membership *array; /* by connection, then token */
        size_t n;
} Memberships;

static void memberships_done(Memberships *m) {
        free(m->array);
}

static int compare_memberships(const void *a, const void *b) {
        const Membership *x = a, *y = b;

        if (x->connection != y->connection)
                return x->connection < y->connection ? -1 : 1;
        return x->token < y->token ? -1 : x->token > y->token;
}

static int compare_clients(const void *a, const void *b) {
        const ReportClient *x = a, *y = b;

        if (x->pid != y->pid)
                return x->pid < y->pid ? -1 : 1;
        return x->connection < y->connection ? -1 : x->connection > y->connection;
}

static void collect_group(const Answer *a, const AnswerGroup *g, Memberships *m) {
        const ReportSubscriber *subscribers = answer_subscribers(a, g);
        const ReportProvider *providers = answer_providers(a, g);

        for (uint32_t i = 0; i < g->n_providers; i++) {
                const ReportProvider *p = &providers[i];

                if (!g->group.system && p->name.node == a->domain.self.number &&
                                p->incarnation == a->domain.self.incarnation)
                        m->array[m->n++] = (Membership){ .connection = p->client.connection,
                                .token = p->client.token,
                                .group = &g->group,
                                .provider = p,
                                .role = text_role(&g->group, i) };
        }
        for (uint32_t i = 0; i < g->n_subscribers; i++)
                m->array[m->n++] = (Membership){ .connection = subscribers[i].client.connection,
                        .token = subscribers[i].client.token,
                        .group = &g->group,
                        .subscriber = &subscribers[i],
                        .role = "subscriber" };
}

static Memberships collect(const Answer *a) {
        Memberships m = { .array = calloc((size_t) a->n_providers + a->n_subscribers + 1,
                                          sizeof(Membership)) };

        for (uint32_t i = 0; m.array && i < a->n_groups; i++)
                collect_group(a, &a->groups[i], &m);
        if (m.array)
                qsort(m.array, m.n, sizeof(*m.array), compare_memberships);
        return m;
}

/* The first one of a connection, and in *ret_n how many. */
static const Membership *memberships_of(const Memberships *m, uint32_t connection, size_t *ret_n) {
        size_t begin = 0, end = m->n;

        while (begin < end) {
                size_t middle = begin + (end - begin) / 2;

                if (m->array[middle].connection < connection)
                        begin = middle + 1;
                else
                        end = middle;
        }
        for (*ret_n = 0; begin + *ret_n < m->n && m->array[begin + *ret_n].connection == connection;
                        ++*ret_n)
                ;
        return m->array + begin;
}

typedef void (*VisitClient)(
                void *userdata, const ReportClient *client, const Membership *memberships, size_t n);

/* Clients by PID; of a group that was named only who is in it. Returns how many, or -ENOMEM. */
static int each_client(const Answer *a, const CommandLine *l, VisitClient visit, void *userdata) {
        _cleanup_(freep) ReportClient *clients = calloc((size_t) a->n_clients + 1, sizeof(*clients));
        _cleanup_(memberships_done) Memberships m = collect(a);
        int n_shown = 0;

        if (!clients || !m.array)
                return -ENOMEM;
        for (uint32_t i = 0; i < a->n_clients; i++)
                clients[i] = a->clients[i];
        qsort(clients, a->n_clients, sizeof(*clients), compare_clients);

        for (uint32_t i = 0; i < a->n_clients; i++) {
                const Membership *first;
                size_t n;

                first = memberships_of(&m, clients[i].connection, &n);
                if (l->group && n == 0)
                        continue;
                n_shown++;
                if (visit)
                        visit(userdata, &clients[i], first, n);
        }
        return n_shown;
}

/* ---- text ---- */

typedef struct Printer {
        FILE *to;
        bool longer;
} Printer;

/* In short: in which groups, a provider with its name there. */
static void print_groups(FILE *to, const Membership *memberships, size_t n) {
        TextList list = { .to = to, .title = "    Groups:", .indent = 8 };

        for (size_t i = 0; i < n; i++) {
                const char *group = memberships[i].group->attributes.group;
                const ReportProvider *p = memberships[i].provider;
                char name[TEXT_ESCAPED(GS_GROUP_NAME_MAX)];

                text_escape(name, group, strlen(group));
                if (p)
                        text_list_put(&list, "[%s %u/%u]", name, (unsigned) p->name.instance,
                                        (unsigned) p->name.node);
                else
                        text_list_put(&list, "[%s subscriber]", name);
        }
        text_list_end(&list);
}

static void print_memberships(const Printer *p, const Membership *memberships, size_t n) {
        for (size_t i = 0; i < n; i++) {
                const Membership *m = &memberships[i];

                (void) fputs("        [", p->to);
                text_put_string(p->to, m->group->attributes.group);
                if (m->provider)
                        (void) fprintf(p->to, "] provider [%u/%u] %s, token %" PRId32 "\n",
                                        (unsigned) m->provider->name.instance,
                                        (unsigned) m->provider->name.node, m->role, m->token);
                else
                        (void) fprintf(p->to, "] subscriber, token %" PRId32 "\n", m->token);
        }
}

static void print_client(void *userdata, const ReportClient *c, const Membership *memberships, size_t n) {
        const Printer *p = userdata;
        const struct passwd *user = getpwuid(c->uid);

        (void) fprintf(p->to, "Client PID [%d] UID [%u", (int) c->pid, (unsigned) c->uid);
        if (user) {
                (void) fputc(' ', p->to);
                text_put_string(p->to, user->pw_name);
        }
        if (c->connection > 0)
                (void) fprintf(p->to, "] connection [%" PRIu32 "] memberships [%" PRIu32 "]", c->connection,
                                c->memberships);
        else
                (void) fputs("] has not initialized", p->to);
        if (c->queued_bytes > 0)
                (void) fprintf(p->to, " has %" PRIu64 " bytes to read", c->queued_bytes);
        (void) fputc('\n', p->to);
        if (p->longer)
                print_memberships(p, memberships, n);
        else
                print_groups(p->to, memberships, n);
}

static int print_clients(FILE *to, const Answer *a, const CommandLine *l) {
        Printer p = { .to = to, .longer = l->longer };
        int n = each_client(a, l, NULL, NULL);

        if (n < 0)
                return n;
        (void) fprintf(to, "Number of clients: %d\n", n);
        n = each_client(a, l, print_client, &p);
        return n < 0 ? n : 0;
}

/* ---- JSON ---- */

static json_t *membership_json(const Membership *m) {
        json_t *object = json_object();

        json_put(&object, "group", json_name(m->group->attributes.group));
        json_put(&object, "role", json_string(m->role));
        json_put(&object, "token", json_integer(m->token));
        json_put(&object, "instance", m->provider ? json_integer(m->provider->name.instance) : json_null());
        json_put(&object, "control", m->subscriber ? json_control(m->subscriber->control) : json_null());
        return object;
}

static void add_client(void *userdata, const ReportClient *c, const Membership *memberships, size_t n) {
        json_t *object = json_object(), *array = json_array();

        for (size_t i = 0; i < n; i++)
                json_add(&array, membership_json(&memberships[i]));
        json_put(&object, "pid", json_pid(c->pid));
        json_put(&object, "uid", json_integer(c->uid));
        json_put(&object, "connection", c->connection > 0 ? json_integer(c->connection) : json_null());
        json_put(&object, "queued_bytes", json_number(c->queued_bytes));
        json_put(&object, "memberships", array);
        json_add(userdata, object);
}

static void fill_clients(json_t **object, const Answer *a, const CommandLine *l) {
        json_t *clients = json_array();

        if (each_client(a, l, add_client, &clients) < 0) {
                json_decref(clients);
                clients = NULL;
        }
        json_put(object, "clients", clients);
}

const Program program_hagscl = {
        .name = "hagscl",
        .purpose = "Show the clients of Group Services on this host, and the groups that they are in.",
        .features = PROGRAM_HAS_GROUP,
        .parts = REPORT_GROUPS | REPORT_PROVIDERS | REPORT_SUBSCRIBERS | REPORT_CLIENTS,
        .print = print_clients,
        .fill_json = fill_clients,
};
