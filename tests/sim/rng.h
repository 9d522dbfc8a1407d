/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Random numbers of a simulation: everything random in a run comes from its one seed. Each step of a run
 * draws from its own generator, seeded by (seed, step), so that leaving a step out does not change the dice
 * of the others: that is what makes a failing history shrink.
 */

#include <stdbool.h>
#include <stdint.h>

typedef struct Rng {
        uint64_t state;
} Rng;

/* splitmix64: 64 bits of state, passes BigCrush, one line. */
static inline uint64_t rng_next(Rng *r) {
        uint64_t z = (r->state += 0x9e3779b97f4a7c15u);

        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
}

static inline Rng rng_make(uint64_t seed, uint64_t step) {
        Rng r = { .state = seed };

        r.state = rng_next(&r) ^ (step * 0xd1342543de82ef95u);
        (void) rng_next(&r);
        return r;
}

/* 0 .. n-1; n is small here, so the bias of the modulus does not matter. */
static inline uint32_t rng_below(Rng *r, uint32_t n) {
        return n > 0 ? (uint32_t) (rng_next(r) >> 32) % n : 0;
}

static inline bool rng_chance(Rng *r, uint32_t percent) {
        return rng_below(r, 100) < percent;
}
