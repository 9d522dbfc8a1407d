/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsapi.md 1.1: which domain a client belongs to. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "story.h"

/*
 * From here on, all that this case starts is on a host of its own, without any domain: a directory for run
 * directories. Not every implementation can do that.
 */
static void on_a_host(void) {
        const char *run = getenv("HAGS_RUN_DIRECTORY");
        char host[512];

        if (!run)
                skip("HAGS_RUN_DIRECTORY is not set");
        (void) snprintf(host, sizeof(host), "%s.%s", run, domain_name("host"));
        check(mkdir(host, 0755) == 0);
        check(setenv("HAGS_RUN_DIRECTORY", host, 1) == 0);
}

static ha_gs_rc_t init_in(Actor *a, const char *domain) {
        InitPart init = init_plainly();

        actor_domain(a, domain);
        return try_init(a, &init);
}

static void the_environment_names_the_domain(void) {
        ha_gs_group_attributes_t g = group("g", HA_GS_1_PHASE);
        Actor *elsewhere = actor_start(), *here = client(), *nowhere = actor_start();
        Seat s;

        daemon_do("start", domain_name("x"));
        ok(init_in(elsewhere, domain_name("x")));
        s = join(elsewhere, &g, 1);
        expect(s, "approved JOIN members=1/5");

        /* The group of that name in the other domain is another group. */
        s = join(here, &g, 1);
        expect(s, "approved JOIN members=1/5");
        returns(HA_GS_CONNECT_FAILED, init_in(nowhere, domain_name("y")));
        daemon_do("stop", domain_name("x"));
        actor_leave_alone(elsewhere);
}

static void the_only_domain_of_the_host_needs_no_name(void) {
        ha_gs_group_attributes_t g = group("g", HA_GS_1_PHASE);
        Actor *a, *b;
        Seat s, t;

        on_a_host();
        daemon_do("start", domain_name("x"));
        a = actor_start();
        b = actor_start();
        ok(init_in(a, domain_name("x")));
        s = join(a, &g, 1);
        expect(s, "approved JOIN members=1/5");
        ok(init_in(b, NULL));
        t = join(b, &g, 2);
        expect(t, "approved JOIN members=1/5,2/5");
        expect(s, "approved JOIN members=1/5,2/5");

        quiet(a);
        quiet(b);
        daemon_do("stop", domain_name("x"));
        actor_leave_alone(a);
        actor_leave_alone(b);
}

static void of_several_domains_default_is_taken(void) {
        ha_gs_group_attributes_t g = group("g", HA_GS_1_PHASE);
        Actor *a, *b;
        Seat s, t;

        on_a_host();
        a = actor_start();
        b = actor_start();
        returns(HA_GS_CONNECT_FAILED, init_in(a, NULL));
        daemon_do("start", domain_name("x"));
        daemon_do("start", "default");
        ok(init_in(a, "default"));
        s = join(a, &g, 1);
        expect(s, "approved JOIN members=1/5");
        ok(init_in(b, NULL));
        t = join(b, &g, 2);
        expect(t, "approved JOIN members=1/5,2/5");
        expect(s, "approved JOIN members=1/5,2/5");

        quiet(a);
        quiet(b);
        daemon_do("stop", "default");
        daemon_do("stop", domain_name("x"));
        actor_leave_alone(a);
        actor_leave_alone(b);
}

static void the_subsystem_is_hags(void) {
        Actor *a, *b;
        InitPart init = init_plainly();

        check(setenv("HA_GS_SUBSYS", "hags", 1) == 0);
        a = actor_start();
        ok(try_init(a, &init));
        check(unsetenv("HA_GS_SUBSYS") == 0);
        b = actor_start();
        ok(try_init(b, &init));
}

STORIES("test-1.1-domain", CASE("1.1-01", the_environment_names_the_domain),
                CASE("1.1-02", the_only_domain_of_the_host_needs_no_name),
                CASE("1.1-03", of_several_domains_default_is_taken), CASE("1.1-04", the_subsystem_is_hags));
