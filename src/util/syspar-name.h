/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Names of system partitions. A name becomes a unit instance, an SRC subsystem (`hags.<syspar>`, 29
 * characters at most), a directory and an element of a bus name, so its alphabet is what all of them take
 * without escaping (control.md section 1).
 */

#include <stdbool.h>
#include <stddef.h>

#define SYSPAR_NAME_MAX 24

/* Node numbers go from 0, the control workstation, to this. */
#define NODE_NUMBER_MAX 2047

/* 1 to 24 characters of [A-Za-z0-9_-], the first a letter or digit. NULL is no name. */
bool syspar_name_is_valid(const char *name);

/* The same for `length` bytes that need no terminating NUL. */
bool syspar_name_is_valid_n(const char *name, size_t length);
