/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The JSON of the diagnostic commands. Its fields are promises (each command's page lists them): new ones
 * may come, these keep their meaning as long as `version` is 1. Numbers that may have more than 53 bits,
 * which is what many readers keep, are strings of digits.
 *
 * What cannot be made for lack of memory is NULL, and so is all that it would be part of.
 */

#include <jansson.h>

#include "ask/answer.h"

#define JSON_VERSION 1

/* Give `value` to the object or array. Where anything is NULL, all of it becomes NULL. */
void json_put(json_t **object, const char *name, json_t *value);
void json_add(json_t **array, json_t *value);

/* What every answer begins with: version, partition, node, domain. */
json_t *json_answer(const Answer *answer);

json_t *json_number(uint64_t number);   /* that has no more than 53 bits as long as we live */
json_t *json_digits(uint64_t number);   /* one that may have more */
json_t *json_pid(pid_t pid);            /* 0: null */
json_t *json_uid(pid_t pid, uid_t uid); /* pid 0: null */
json_t *json_name(const char *name);    /* bytes that are no UTF-8 as \xNN */
json_t *json_time(uint64_t usec);       /* as RFC 3339 has it, in UTC; 0: null */
json_t *json_bytes(GsBytes bytes);      /* size 0: null */
json_t *json_node(NodeId node);
json_t *json_provider_name(GsProvider p); /* {0, 0}, which is nobody: null */

json_t *json_control(uint32_t control); /* what a subscriber wants to hear, as words */

/* A group with all that is known of it. */
json_t *json_group(const Answer *answer, const AnswerGroup *group);
