/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The laws of the /etc/services editor for the files that libFuzzer finds. The first byte of an input
 * chooses the order in which partitions are added and removed, the rest is the file.
 */

#include <stdint.h>

#include "../unit/services-laws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *userdata, const char *syspar) {
        size_t *n = userdata;

        if (!syspar_name_is_valid(syspar))
                abort();
        (*n)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        unsigned order[2 * LAW_N_SYSPARS] = { 0 }, choice;
        _cleanup_(freep) char *copy = NULL;
        const char *broken;
        size_t n = 0;
        Bytes file;

        if (size == 0)
                return 0;

        choice = *data++;
        size--;
        for (unsigned i = 0; i < 2 * LAW_N_SYSPARS; i++) {
                unsigned j = choice % (i + 1);

                order[i] = order[j];
                order[j] = i / 2;
                choice = choice * 5 + 1;
        }

        copy = malloc(size + 1);
        if (!copy)
                return 0;
        memcpy(copy, data, size);
        copy[size] = 0;
        file = (Bytes){ copy, size };

        broken = services_laws(&file, order, 10001);
        if (broken) {
                fprintf(stderr, "law broken: %s\n", broken);
                abort();
        }

        services_each_marked(&file, count, &n);
        return 0;
}
