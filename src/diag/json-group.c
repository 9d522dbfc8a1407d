/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The JSON of a group, for hagsgr and hagsvote: see json.h. */

#include "diag/json.h"
#include "diag/text.h"
#include "util/clock.h"
#include "util/macro.h"

static const char *phases_word(uint8_t phases) {
        return phases == GS_N_PHASE ? "n" : "1";
}

static json_t *attributes_json(const GsAttributes *a) {
        static const char *const batches[] = { "none", "joins", "leaves", "both" };
        static const char *const merges[] = { "dissolve", "larger", "smaller", "dontcare" };
        json_t *object = json_object();

        json_put(&object, "client_version", json_integer(a->client_version));
        json_put(&object, "batch_control", json_string(batches[a->batch_control & GS_BATCH_BOTH]));
        json_put(&object, "deactivate_on_failure",
                        json_boolean(a->batch_control & GS_DEACTIVATE_ON_FAILURE));
        json_put(&object, "num_phases", json_string(phases_word(a->num_phases)));
        json_put(&object, "source_reflection_num_phases",
                        json_string(phases_word(a->reflection_num_phases)));
        json_put(&object, "default_vote", json_string(gs_vote_to_string(a->default_vote)));
        json_put(&object, "merge_control",
                        json_string(merges[a->merge_control < ELEMENTSOF(merges) ? a->merge_control : 0]));
        json_put(&object, "time_limit", json_integer(a->time_limit));
        json_put(&object, "source_reflection_time_limit", json_integer(a->reflection_time_limit));
        json_put(&object, "source_group", a->source[0] ? json_name(a->source) : json_null());
        return object;
}

static void add_word(void *userdata, const char *word) {
        json_add(userdata, json_string(word));
}

static const char *ballot_word(ReportBallot ballot) {
        static const char *const words[_REPORT_BALLOT_MAX] = {
                [REPORT_BALLOT_NONE] = "none",
                [REPORT_BALLOT_WAITING] = "waiting",
                [REPORT_BALLOT_VOTED] = "voted",
                [REPORT_BALLOT_FAILED] = "failed",
                [REPORT_BALLOT_SCRIPT] = "script",
        };

        return words[ballot];
}

static json_t *provider_json(const ReportProvider *p, const char *role) {
        json_t *object = json_object(), *leaving = json_array();

        text_each_reason(p->leave_reasons, add_word, &leaving);
        json_put(&object, "instance", json_integer(p->name.instance));
        json_put(&object, "node", json_integer(p->name.node));
        json_put(&object, "incarnation", json_number(p->incarnation));
        json_put(&object, "connection", json_integer(p->client.connection));
        json_put(&object, "token", json_integer(p->client.token));
        json_put(&object, "pid", json_pid(p->pid));
        json_put(&object, "uid", json_uid(p->pid, p->uid));
        json_put(&object, "role", json_string(role));
        json_put(&object, "leaving", leaving);
        json_put(&object, "target", json_boolean(p->target));
        json_put(&object, "ballot", json_string(ballot_word(p->ballot)));
        json_put(&object, "vote",
                        p->ballot == REPORT_BALLOT_VOTED ? json_string(gs_vote_to_string(p->vote))
                                                         : json_null());
        return object;
}

static json_t *subscriber_json(const ReportSubscriber *s) {
        json_t *object = json_object();

        json_put(&object, "connection", json_integer(s->client.connection));
        json_put(&object, "token", json_integer(s->client.token));
        json_put(&object, "pid", json_pid(s->pid));
        json_put(&object, "uid", json_uid(s->pid, s->uid));
        json_put(&object, "control", json_control(s->control));
        return object;
}

/* Microseconds until the limit ends; less than 0: it has, and LIMIT is on its way. */
static json_t *remaining_json(const ReportProtocol *p) {
        if (p->limit == 0)
                return json_null();
        return json_integer((json_int_t) (p->limit * USEC_PER_SEC) - (json_int_t) p->age);
}

static json_t *protocol_json(const ReportProtocol *p) {
        json_t *object = json_object();

        json_put(&object, "type", json_string(gs_request_to_string(p->request)));
        json_put(&object, "sequence", json_number(p->sequence));
        json_put(&object, "phase", json_integer(p->phase));
        json_put(&object, "phase_age_us", json_number(p->age));
        json_put(&object, "time_limit", json_integer(p->limit));
        json_put(&object, "remaining_us", remaining_json(p));
        json_put(&object, "default_vote", json_string(gs_vote_to_string(p->default_vote)));
        json_put(&object, "proposed_by", json_provider_name(p->proposed_by));
        json_put(&object, "proposed_state", json_bytes(p->proposed_state));
        return object;
}

json_t *json_group(const Answer *a, const AnswerGroup *g) {
        const ReportSubscriber *subscribers = answer_subscribers(a, g);
        const ReportProvider *providers = answer_providers(a, g);
        const ReportGroup *r = &g->group;
        json_t *object = json_object(), *p_array = json_array(), *s_array = json_array();

        for (uint32_t i = 0; i < g->n_providers; i++)
                json_add(&p_array, provider_json(&providers[i], text_role(r, i)));
        for (uint32_t i = 0; i < g->n_subscribers; i++)
                json_add(&s_array, subscriber_json(&subscribers[i]));

        json_put(&object, "name", json_name(r->attributes.group));
        json_put(&object, "id", json_number(r->id));
        json_put(&object, "system", json_boolean(r->system));
        json_put(&object, "attributes", attributes_json(&r->attributes));
        json_put(&object, "state", json_bytes(r->state));
        json_put(&object, "fence", r->fence > 0 ? json_digits(r->fence) : json_null());
        json_put(&object, "providers", p_array);
        json_put(&object, "subscribers", s_array);
        json_put(&object, "queued_joins", json_integer(r->n_joins));
        json_put(&object, "queued_leaves", json_integer(r->n_leaves));
        json_put(&object, "queued_reflections", json_integer(r->n_reflections));
        json_put(&object, "protocol", r->running ? protocol_json(&r->protocol) : json_null());
        return object;
}
