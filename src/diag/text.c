/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the diagnostic commands write bytes, times and lists: see text.h. */

#include "diag/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "util/clock.h"
#include "util/macro.h"

/* ---- values ---- */

void text_put_time(FILE *to, uint64_t usec) {
        time_t seconds = (time_t) (usec / USEC_PER_SEC);
        char text[32] = "";
        struct tm tm;

        if (localtime_r(&seconds, &tm))
                (void) strftime(text, sizeof(text), "%b %e %H:%M:%S", &tm);
        (void) fputs(text, to);
}

void text_put_span(FILE *to, uint64_t usec) {
        uint64_t s = usec / USEC_PER_SEC;

        if (s >= 86400)
                (void) fprintf(to, "%" PRIu64 "d ", s / 86400);
        (void) fprintf(to, "%" PRIu64 ":%" PRIu64 ":%" PRIu64, s / 3600 % 24, s / 60 % 60, s % 60);
}

void text_put_request(FILE *to, GsRequest request) {
        const char *word = gs_request_to_string(request);

        for (bool first = true; *word; word++) {
                (void) fputc(first ? toupper((unsigned char) *word) : *word, to);
                first = *word == ' ';
        }
}

void text_each_reason(uint32_t reasons, void (*put)(void *userdata, const char *word), void *userdata) {
        static const struct {
                uint32_t bit;
                const char *word;
        } words[] = {
                { GS_VOLUNTARY_LEAVE, "leave" },
                { GS_PROVIDER_FAILURE, "failure" },
                { GS_HOST_FAILURE, "host failure" },
                { GS_PROVIDER_EXPELLED, "expelled" },
                { GS_SOURCE_PROVIDER_LEAVE, "source provider left" },
                { GS_PROVIDER_SAID_GOODBYE, "goodbye" },
        };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (reasons & words[i].bit)
                        put(userdata, words[i].word);
}

const char *text_role(const ReportGroup *group, uint32_t i) {
        if (i < group->n_members)
                return "member";
        return i < group->n_members + group->n_trial ? "joining" : "queued";
}

/* ---- lists ---- */

void text_list_put(TextList *list, const char *format, ...) {
        char word[256];
        va_list ap;
        unsigned n;

        va_start(ap, format);
        (void) vsnprintf(word, sizeof(word), format, ap);
        va_end(ap);

        n = (unsigned) strlen(word);
        if (list->title) {
                (void) fputs(list->title, list->to);
                list->column = (unsigned) strlen(list->title);
                list->title = NULL;
        }
        if (list->column + 1 + n > TEXT_WIDTH) {
                (void) fprintf(list->to, "\n%*s", (int) list->indent, "");
                list->column = list->indent;
        }
        (void) fprintf(list->to, " %s", word);
        list->column += 1 + n;
}

void text_list_put_provider(TextList *list, GsProvider provider) {
        text_list_put(list, "[%u/%u]", (unsigned) provider.instance, (unsigned) provider.node);
}

void text_list_end(TextList *list) {
        if (!list->title)
                (void) fputc('\n', list->to);
}
