/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsapi.md 5.8 to 5.10, and subscribers in 1 and 3: what they hear, and what else a client may ask. */

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "story.h"

typedef ha_gs_group_attributes_t Attributes;

static void the_first_notification_shows_all_that_was_selected(void) {
        static const struct {
                unsigned control;
                const char *first;
        } rows[] = {
                { HA_GS_SUBSCRIBE_STATE, "subscription STATE state=\"s\" !members !changing" },
                { HA_GS_SUBSCRIBE_DELTA_JOINS, "subscription MEMBERSHIP members=1/5,2/5 !state !changing" },
                { HA_GS_SUBSCRIBE_DELTA_LEAVES, "subscription MEMBERSHIP members=1/5,2/5 !state !changing" },
                { HA_GS_SUBSCRIBE_DELTAS_ONLY, "subscription MEMBERSHIP members=1/5,2/5 !state !changing" },
                { HA_GS_SUBSCRIBE_MEMBERSHIP, "subscription MEMBERSHIP members=1/5,2/5 !state !changing" },
                { HA_GS_SUBSCRIBE_ALL_MEMBERSHIP,
                                "subscription MEMBERSHIP members=1/5,2/5 !state !changing" },
                { HA_GS_SUBSCRIBE_STATE_AND_MEMBERSHIP,
                                "subscription STATE+MEMBERSHIP members=1/5,2/5 state=\"s\" !changing" },
        };
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);
        Actor *a = client();

        ok(change_state(c.seat[0], HA_GS_1_PHASE, 0, "s"));
        everyone(&c, "approved STATE_VALUE_CHANGE");
        for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
                expect(subscribe(a, g.gs_group_name, rows[i].control), rows[i].first);
}

/* A subscriber of each kind hears of a state change, a join and a leave what it selected, and no more. */
typedef struct Watcher {
        unsigned control;
        const char *lines[4]; /* state, join, leave */
} Watcher;

static const Watcher watchers[] = {
        { HA_GS_SUBSCRIBE_STATE, { "subscription STATE state=\"t\" !members !changing" } },
        { HA_GS_SUBSCRIBE_DELTA_JOINS, { "subscription DELTA_JOIN changing=2/5 !members !state" } },
        { HA_GS_SUBSCRIBE_DELTA_LEAVES, { "subscription DELTA_LEAVE changing=2/5 !members !state" } },
        { HA_GS_SUBSCRIBE_DELTAS_ONLY,
                        { "subscription DELTA_JOIN changing=2/5 !members !state",
                                        "subscription DELTA_LEAVE changing=2/5 !members !state" } },
        { HA_GS_SUBSCRIBE_MEMBERSHIP,
                        { "subscription MEMBERSHIP members=1/5,2/5 !changing !state",
                                        "subscription MEMBERSHIP members=1/5 !changing !state" } },
        { HA_GS_SUBSCRIBE_ALL_MEMBERSHIP,
                        { "subscription DELTA_JOIN+MEMBERSHIP members=1/5,2/5 changing=2/5 !state",
                                        "subscription DELTA_LEAVE+MEMBERSHIP members=1/5 changing=2/5 "
                                        "!state" } },
        { HA_GS_SUBSCRIBE_STATE_AND_MEMBERSHIP, { "subscription STATE state=\"t\" !members !changing",
                                                                "subscription DELTA_JOIN+MEMBERSHIP "
                                                                "members=1/5,2/5 changing=2/5 !state",
                                                                "subscription DELTA_LEAVE+MEMBERSHIP "
                                                                "members=1/5 changing=2/5 !state" } },
};
#define N_WATCHERS (sizeof(watchers) / sizeof(*watchers))

static void later_ones_tell_what_changed_of_that(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(1, &g);
        Actor *a = client();
        Seat w[N_WATCHERS];

        for (size_t i = 0; i < N_WATCHERS; i++) {
                w[i] = subscribe(a, g.gs_group_name, watchers[i].control);
                expect(w[i], "subscription");
        }
        ok(change_state(c.seat[0], HA_GS_1_PHASE, 0, "t"));
        everyone(&c, "approved STATE_VALUE_CHANGE");
        enter(client(), &c, &g, 2);
        ok(leave(c.seat[1], HA_GS_1_PHASE, 0, 0));
        everyone(&c, "approved LEAVE");
        for (size_t i = 0; i < N_WATCHERS; i++)
                for (size_t k = 0; watchers[i].lines[k]; k++) {
                        printf("watcher %zu line %zu\n", i, k);
                        expect(w[i], watchers[i].lines[k]);
                }
}

static void only_approved_changes_are_told(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c = cast(1, &g);
        Seat w = subscribe(client(), g.gs_group_name, HA_GS_SUBSCRIBE_STATE_AND_MEMBERSHIP), s;

        expect(w, "subscription STATE+MEMBERSHIP");
        ok(change_state(c.seat[0], HA_GS_N_PHASE, 0, "s"));
        everyone(&c, "n-phase STATE_VALUE_CHANGE");
        vote_all(&c, HA_GS_VOTE_REJECT);
        everyone(&c, "rejected STATE_VALUE_CHANGE");
        s = join(client(), &g, 2);
        everyone(&c, "n-phase JOIN");
        expect(s, "n-phase JOIN");
        vote_all(&c, HA_GS_VOTE_REJECT);
        ok(vote(s, HA_GS_VOTE_APPROVE));
        everyone(&c, "rejected JOIN");
        expect(s, "rejected JOIN");
        ok(send_text(c.seat[0], HA_GS_1_PHASE, 0, "m"));
        everyone(&c, "approved PROVIDER_MESSAGE");
        quiet(w.actor);

        /* A protocol that changes both is one notification. */
        s = join(s.actor, &g, 2);
        everyone(&c, "n-phase JOIN");
        expect(s, "n-phase JOIN");
        vote_all(&c, HA_GS_VOTE_APPROVE);
        ok(vote_with(s, HA_GS_VOTE_APPROVE, "x", NULL, HA_GS_NULL_VOTE));
        everyone(&c, "approved JOIN");
        expect(s, "approved JOIN");
        expect(w, "subscription STATE+DELTA_JOIN+MEMBERSHIP state=\"x\" members=1/5,2/5 changing=2/5");
}

static void with_the_last_provider_it_is_dissolved(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(1, &g);
        Actor *a = client();
        Seat w = subscribe(a, g.gs_group_name, HA_GS_SUBSCRIBE_STATE), v;

        expect(w, "subscription STATE");
        v = subscribe(a, g.gs_group_name, HA_GS_SUBSCRIBE_DELTA_LEAVES);
        expect(v, "subscription MEMBERSHIP");
        ok(leave(c.seat[0], HA_GS_1_PHASE, 0, 0));
        everyone(&c, "approved LEAVE");
        expect(w, "subscription DISSOLVED !state !members !changing");
        expect(v, "subscription DELTA_LEAVE changing=1/5");
        expect(v, "subscription DISSOLVED !state !members !changing");
        quiet(a);
        returns(HA_GS_BAD_MEMBER_TOKEN, unsubscribe(w));

        /* A new group of that name is none of its business. */
        c = cast(1, &g);
        quiet(a);
        v = subscribe(a, g.gs_group_name, HA_GS_SUBSCRIBE_STATE);
        expect(v, "subscription STATE");
}

static void after_unsubscribe_nothing_is_heard(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(1, &g);
        Actor *a = client();
        Seat w = subscribe(a, g.gs_group_name, HA_GS_SUBSCRIBE_STATE);

        expect(w, "subscription STATE");
        actor_deafen(a, true);
        ok(change_state(c.seat[0], HA_GS_1_PHASE, 0, "s"));
        everyone(&c, "approved STATE_VALUE_CHANGE");
        ok(unsubscribe(w));
        actor_deafen(a, false);
        ok(change_state(c.seat[0], HA_GS_1_PHASE, 0, "t"));
        everyone(&c, "approved STATE_VALUE_CHANGE");
        quiet(a);
        returns(HA_GS_BAD_MEMBER_TOKEN, unsubscribe(w));
}

static void a_provider_may_subscribe_too(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(1, &g);
        Seat w = subscribe(c.seat[0].actor, g.gs_group_name, HA_GS_SUBSCRIBE_STATE);

        expect(w, "subscription STATE state=-");
        ok(change_state(c.seat[0], HA_GS_1_PHASE, 0, "s"));
        everyone(&c, "approved STATE_VALUE_CHANGE");
        expect(w, "subscription STATE state=\"s\"");
}

static void a_failed_subscription_ends_its_token(void) {
        Actor *a = client();
        Seat w = subscribe(a, group_name("nobody"), HA_GS_SUBSCRIBE_STATE);

        expect(w, "error SUBSCRIPTION code=UNKNOWN_GROUP failing=SUBSCRIPTION control=1");
        quiet(a);
        returns(HA_GS_BAD_MEMBER_TOKEN, unsubscribe(w));
}

/* Subscribers of everything, in any number, hear the same in the same order. */
static void subscribers_agree(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);
        Seat w[3];
        char line[512];

        for (int i = 0; i < 3; i++) {
                w[i] = subscribe(client(), g.gs_group_name, HA_GS_SUBSCRIBE_STATE);
                expect(w[i], "subscription STATE");
        }
        for (int i = 0; i < 20; i++)
                for (int k = 0; k < 2; k++)
                        ok(change_state(c.seat[k], HA_GS_1_PHASE, 0, words("%d.%d", k, i)));
        for (int i = 0; i < 40; i++) {
                everyone(&c, "approved STATE_VALUE_CHANGE");
                (void) snprintf(line, sizeof(line), "%s", expect(w[0], "subscription STATE"));
                for (int k = 1; k < 3; k++)
                        check(strcmp(line, expect(w[k], "subscription STATE")) == 0);
        }
}

/* ---- 5.9 and 5.10 ---- */

static int part_ffdc(void *data) {
        fc_eid_t id;
        int code;

        memset(id, 'x', sizeof(id));
        code = (int) ha_gs_get_ffdc_id(id);
        if (code == HA_GS_OK)
                (void) snprintf(data, 64, "%.*s", (int) sizeof(id), id);
        return code;
}

static void the_ffdc_id_is_of_the_daemons_last_words(void) {
        const char *domain = domain_name("x");
        InitPart init = init_plainly();
        Actor *a = actor_start();
        char id[64] = "";

        daemon_do("start", domain);
        actor_domain(a, domain);
        ok(try_init(a, &init));
        returns(HA_GS_NOT_OK, play(a, part_ffdc, id, sizeof(id)));
        daemon_do("stop", domain);
        expect_process(a, "dispatch NOT_OK");
        ok(play(a, part_ffdc, id, sizeof(id)));
        check(strlen(id) > 0 && strlen(id) < sizeof(fc_eid_t));

        /* A new connection begins without. */
        daemon_do("start", domain);
        ok(try_init(a, &init));
        returns(HA_GS_NOT_OK, play(a, part_ffdc, id, sizeof(id)));
        actor_leave_alone(a);
        daemon_do("stop", domain);
}

typedef struct AdapterPart {
        char address[INET_ADDRSTRLEN];
        int node;
        char interface[64];
} AdapterPart;

static int part_adapter(void *data) {
        AdapterPart *p = data;
        ha_gs_adapter_info info = { .node_number = -1 };
        int code;

        if (inet_pton(AF_INET, p->address, &info.ip_addr.ip4) != 1)
                return -1;
        code = (int) ha_gs_get_adapter_info(&info);
        p->node = info.node_number;
        if (code == HA_GS_OK)
                (void) snprintf(p->interface, sizeof(p->interface), "%s", info.interface_name);
        return code;
}

static void an_address_tells_node_and_interface(void) {
        InitPart init = init_plainly();
        Actor *a = actor_start();
        AdapterPart p = { .address = "127.0.0.1" };
        ha_gs_rc_t code;

        init.options |= HA_GS_ENABLE_ADAPTER_INFO;
        ok(try_init(a, &init));
        code = (ha_gs_rc_t) play(a, part_adapter, &p, sizeof(p));
        check(code == HA_GS_OK || code == HA_GS_NOT_OK);
        if (code == HA_GS_OK)
                check(p.node == NODE && strlen(p.interface) > 0);
        (void) strcpy(p.address, "192.0.2.1");
        returns(HA_GS_NOT_OK, play(a, part_adapter, &p, sizeof(p)));
}

STORIES("test-5.8-subscribe", CASE("5.8-01", a_failed_subscription_ends_its_token),
                CASE("5.8-02", the_first_notification_shows_all_that_was_selected),
                CASE("5.8-03", after_unsubscribe_nothing_is_heard),
                CASE("5.8-04", only_approved_changes_are_told),
                CASE("5.8-05", later_ones_tell_what_changed_of_that),
                CASE("5.8-06", with_the_last_provider_it_is_dissolved),
                CASE("5.8-07", a_provider_may_subscribe_too), CASE("5.8-08", subscribers_agree),
                CASE("5.9-01", an_address_tells_node_and_interface),
                CASE("5.10-01", the_ffdc_id_is_of_the_daemons_last_words));
