/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The callbacks of a random client: everything goes into the diary; an n-phase protocol gets a vote, or not.
 */

#include <string.h>

#include "client.h"

static const char *group_of(ha_gs_token_t token) {
        for (uint32_t i = me.n_tokens; i > 0; i--)
                if (me.tokens[i - 1].token == token)
                        return me.tokens[i - 1].group;
        client_fail("a notification to token %d, which is none", token);
}

static void entry_done(Entry *e) {
        (void) snprintf(e->note.group_name, sizeof(e->note.group_name), "%s", group_of(e->token));
        me.diary->n++;
        client_risk(30);
}

static void seat_leave(ha_gs_token_t token) {
        Seat *seat = client_seat(token);

        if (seat)
                seat->state = SEAT_FREE;
}

void callback_n_phase(const ha_gs_n_phase_notification_t *n) {
        Seat *seat = client_seat(n->gs_provider_token);
        Entry *e = client_entry(ENTRY_NOTE, n->gs_provider_token);

        hear_n_phase(&e->note, n);
        entry_done(e);
        if (!seat)
                return;
        seat->members = e->note.current;
        seat->phase = n->gs_proposal->gs_phase_info.gs_phase_number;
        seat->owes_vote = false;
        if (me.setup->play.is_on)
                e->vote = play_vote(n);
        else if (rng_chance(&me.rng, me.setup->lateness))
                seat->owes_vote = rng_chance(&me.rng, 60);
        else if (rng_chance(&me.rng, 15))
                seat->owes_vote = true;
        else
                e->vote = ask_vote(seat->token, HA_GS_NULL_VOTE);
}

static bool is_among(GsProvider name, const NoteList *list) {
        for (uint32_t i = 0; i < list->n && i < NOTE_LIST_MAX; i++)
                if (gs_provider_equal(list->names[i], name))
                        return true;
        return false;
}

/* What the change means to this client's next wishes. */
static void note_change(Seat *seat, const Note *note) {
        if (note->has_attributes)
                me.setup->groups[seat->group] = note->attributes;
        seat->state = note->has_leaves && is_among(seat->name, &note->changing) ? SEAT_FREE : SEAT_MEMBER;
        seat->owes_vote = seat->owes_vote && rng_chance(&me.rng, 10); /* it is too late now */
        seat->members = note->current;
        if (note->request == GS_PROVIDER_MESSAGE && !note->n_phase &&
                        gs_provider_equal(note->proposed_by, seat->name))
                me.is_answered = true;
}

void callback_approved(const ha_gs_approved_notification_t *n) {
        Seat *seat = client_seat(n->gs_provider_token);
        Entry *e = client_entry(ENTRY_NOTE, n->gs_provider_token);

        hear_approved(&e->note, n);
        entry_done(e);
        if (seat)
                note_change(seat, &e->note);
        play_end(n->gs_protocol_type);
}

void callback_rejected(const ha_gs_rejected_notification_t *n) {
        Seat *seat = client_seat(n->gs_provider_token);
        Entry *e = client_entry(ENTRY_NOTE, n->gs_provider_token);

        hear_rejected(&e->note, n);
        entry_done(e);
        if (n->gs_protocol_type == HA_GS_JOIN && seat && seat->state == SEAT_JOINING)
                seat->state = SEAT_FREE;
        play_end(n->gs_protocol_type);
}

void callback_announcement(const ha_gs_announcement_notification_t *n) {
        Entry *e = client_entry(ENTRY_NOTE, n->gs_provider_token);

        hear_announcement(&e->note, n);
        entry_done(e);
}

void callback_subscription(const ha_gs_subscription_notification_t *n) {
        Entry *e = client_entry(ENTRY_NOTE, n->gs_subscriber_token);

        hear_subscription(&e->note, n);
        entry_done(e);
        if (n->gs_subscription_type & (HA_GS_SUBSCRIPTION_DISSOLVED | HA_GS_SUBSCRIPTION_GS_HAS_DIED))
                seat_leave(n->gs_subscriber_token);
}

void callback_delayed_error(const ha_gs_delayed_error_notification_t *n) {
        Entry *e = client_entry(ENTRY_NOTE, n->gs_request_token);

        hear_delayed_error(&e->note, n);
        entry_done(e);
        if (n->gs_protocol_type == HA_GS_JOIN || n->gs_protocol_type == HA_GS_SUBSCRIPTION)
                seat_leave(n->gs_request_token);
        else
                me.is_answered = me.is_refused = true;
}
