/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is told of the domain. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hagsd/domain.h"
#include "util/macro.h"

static void test_local_domain_is_established_by_this_node_alone(_unused_ void **state) {
        static Status s;
        Domain d;

        domain_establish_local(&d, 7, 42);
        domain_fill_status(&d, &s);
        assert_int_equal(s.domain_state, DOMAIN_ESTABLISHED);
        assert_int_equal(s.domain_node, 7);
        assert_true(s.domain_incarnation == 42);
        assert_int_equal(s.n_up_nodes, 1);
        assert_int_equal(s.up_nodes[0], 7);
}

static void test_all_up_nodes_are_told(_unused_ void **state) {
        static Domain d = { .n_up_nodes = STATUS_NODES_MAX };
        static Status s;

        for (uint16_t i = 0; i < STATUS_NODES_MAX; i++)
                d.up_nodes[i] = i;
        domain_fill_status(&d, &s);
        assert_int_equal(s.n_up_nodes, STATUS_NODES_MAX);
        assert_memory_equal(s.up_nodes, d.up_nodes, sizeof(d.up_nodes));
}

static void assert_described(const Domain *d, unsigned n_clients, const char *wanted) {
        _cleanup_(freep) char *text = domain_describe(d, "sp_x", n_clients);

        assert_string_equal(text, wanted);
}

static void test_description_tells_state_groups_and_clients(_unused_ void **state) {
        Domain d;

        domain_establish_local(&d, 0, 1);
        assert_described(&d, 0, "Domain sp_x established by node 0; 0 groups, 0 clients");
        assert_described(&d, 1, "Domain sp_x established by node 0; 0 groups, 1 client");
        d.n_groups = 1;
        assert_described(&d, 2, "Domain sp_x established by node 0; 1 group, 2 clients");
        d.state = DOMAIN_NOT_ESTABLISHED;
        assert_described(&d, 2, "Domain sp_x not established; 1 group, 2 clients");
        d.state = DOMAIN_RECOVERING;
        assert_described(&d, 2, "Domain sp_x recovering; 1 group, 2 clients");
        d.state = DOMAIN_NO_QUORUM;
        assert_described(&d, 2, "Domain sp_x no quorum; 1 group, 2 clients");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_local_domain_is_established_by_this_node_alone),
                cmocka_unit_test(test_all_up_nodes_are_told),
                cmocka_unit_test(test_description_tells_state_groups_and_clients),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
