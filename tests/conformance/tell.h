/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Between the program, which tells all cases, and the teller of one. */

/* At the start and the end of a story, in its process. */
void story_begin(const char *number);
void story_end(void);
