/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Jobs queued together and waited for in parallel, as org.freedesktop.systemd1(5) prescribes: the match for
 * JobRemoved stands before the first job is queued, each job is known by the path that its call returned,
 * and its result is then held against the unit's state.
 *
 * All calls of a set are sent before the first answer is read, so that a set costs one round trip and not
 * one a unit.
 */

#include "manager/manager-internal.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "util/clock.h"

/* How often the wait looks up: progress is told, limits are checked, lost signals are made good. */
#define TICK_USEC USEC_PER_SEC

/* On top of the unit's own limits: what systemd needs between them. */
#define MARGIN_USEC (10 * USEC_PER_SEC)

/* For units whose own limit is infinity. */
#define LIMIT_MAX_USEC (3600 * USEC_PER_SEC)

typedef struct JobSet JobSet;

typedef struct Waiting {
        JobSet *set;
        UnitJob *job;
        sd_bus_slot *call; /* the request, as long as it may be answered */
        char *path;        /* the job's; NULL until the request was answered */
        char *outcome;     /* what JobRemoved said of it */
        bool ended;
        bool killed;    /* of JOB_CANCEL: it had time enough */
        bool unseen;    /* systemd has no such job any more, but JobRemoved did not come */
        uint64_t limit; /* CLOCK_MONOTONIC, when we give up; 0: not asked yet */
} Waiting;

struct JobSet {
        Manager *manager;
        JobKind kind;
        Waiting *waiting;
        size_t n;
        size_t n_ended;
};

static void job_set_done(JobSet *set) {
        for (size_t i = 0; i < set->n; i++) {
                sd_bus_slot_unref(set->waiting[i].call);
                free(set->waiting[i].path);
                free(set->waiting[i].outcome);
        }
        free(set->waiting);
}

static void end_waiting(Waiting *w, int result) {
        w->ended = true;
        w->set->n_ended++;
        w->job->result = result;
}

/*
 * The job is over; its unit is looked at when calls can be made again, not from within the handler of
 * another.
 */
static int end_with_outcome(Waiting *w, const char *outcome) {
        w->outcome = strdup(outcome);
        if (!w->outcome)
                return -ENOMEM;

        end_waiting(w, 0);
        return 0;
}

/* ---- words ---- */

/* What JobRemoved says, in words that go behind "hags@x.service "; NULL: the job is done. */
static const char *result_sentence(JobKind kind, const char *result) {
        static const struct {
                const char *result;
                const char *sentence;
        } sentences[] = {
                { "canceled", "was not waited for: another request cancelled the job" },
                { "timeout", "did not finish in the time its job is allowed" },
                { "dependency", "was not started, because a unit that it needs failed" },
                { "skipped", "was not started, because it does not apply in its present state" },
                { "invalid", "is not active, so that the job does not apply" },
                { "assert", "was not started: it is not added; run hagsctrl -a first" },
                { "unsupported", "is of a type that this system does not support" },
                { "collected", "was unloaded before its job ran" },
                { "once", "was started already and may be started once only" },
                { "frozen", "is frozen; thaw it with systemctl thaw" },
        };

        if (strcmp(result, "done") == 0)
                return NULL;
        for (size_t i = 0; i < ELEMENTSOF(sentences); i++)
                if (strcmp(result, sentences[i].result) == 0)
                        return sentences[i].sentence;
        return kind == JOB_START ? "failed to start" : "failed to stop";
}

/* How the main process ended, in words: "exit status 78", "signal 9 (Killed)"; empty if it has not run. */
static void describe_exit(const UnitState *s, char *buffer, size_t size) {
        if (s->exec_main_code == CLD_EXITED)
                (void) snprintf(buffer, size, ", exit status %d", s->exec_main_status);
        else if (s->exec_main_code == CLD_KILLED || s->exec_main_code == CLD_DUMPED)
                (void) snprintf(buffer, size, ", signal %d (%s)", s->exec_main_status,
                                strsignal(s->exec_main_status));
        else
                buffer[0] = 0;
}

/* ---- after the job: what the unit says ---- */

static bool is_down(const UnitState *s) {
        return strcmp(s->active_state, "inactive") == 0 || strcmp(s->active_state, "failed") == 0;
}

/* The usual case, a unit that is up, in two small answers; the unit's whole state is 20 KB and takes longer.
 */
static bool is_up(Manager *m, UnitJob *job) {
        _cleanup_(freep) char *path = NULL, *state = NULL;
        uint32_t pid;

        if (manager_unit_path(job->unit, &path) < 0 ||
                        sd_bus_get_property_string(m->bus, SYSTEMD_SERVICE, path, SYSTEMD_UNIT,
                                        "ActiveState", NULL, &state) < 0 ||
                        sd_bus_get_property_trivial(m->bus, SYSTEMD_SERVICE, path, SYSTEMD_SERVICE_UNIT,
                                        "MainPID", NULL, 'u', &pid) < 0)
                return false;

        job->main_pid = (pid_t) pid;
        return strcmp(state, "active") == 0;
}

static int judge_start(Waiting *w, const UnitState *s, const char *sentence) {
        const char *unit = w->job->unit;
        char ended[64];

        describe_exit(s, ended, sizeof(ended));
        w->job->invocation_id = s->invocation_id;
        if (s->result && strcmp(s->result, "success") != 0 && strcmp(w->outcome, "canceled") != 0)
                return fault(&w->job->message, -EIO,
                                "%s failed to start: %s%s (now %s); see journalctl -u %s", unit, s->result,
                                ended, s->sub_state, unit);

        return fault(&w->job->message, -EIO, "%s %s (now %s); see systemctl status %s", unit,
                        sentence ? sentence : "did not stay up", s->sub_state, unit);
}

/* Hold a job's outcome against the unit's state. A stop that was seen done is done; all else is looked at.
 */
static int judge(Waiting *w) {
        const char *sentence = result_sentence(w->set->kind, w->outcome), *unit = w->job->unit;
        _cleanup_(unit_state_done) UnitState s = { 0 };
        int r;

        if (!sentence && (w->set->kind != JOB_START ? !w->unseen : is_up(w->set->manager, w->job)))
                return 0;

        r = manager_unit_state(w->set->manager, unit, &s, &w->job->message);
        if (r < 0)
                return r;
        if (w->set->kind == JOB_START)
                return judge_start(w, &s, sentence);

        /* A stop that needed SIGKILL leaves the unit failed, but down, and that was asked for. */
        if (is_down(&s))
                return 0;
        return fault(&w->job->message, -EIO, "%s %s (now %s); see systemctl status %s", unit,
                        sentence ? sentence : "still runs, although its job is over", s.sub_state, unit);
}

/* ---- queueing ---- */

/* The request itself was refused: no job came of it. */
static int refused(Waiting *w, const sd_bus_error *e) {
        const char *unit = w->job->unit;
        int error = -sd_bus_error_get_errno(e);

        if (w->set->kind != JOB_START && sd_bus_error_has_name(e, "org.freedesktop.systemd1.NoSuchUnit"))
                return 0;
        if (sd_bus_error_has_name(e, "org.freedesktop.systemd1.UnitMasked"))
                return fault(&w->job->message, error, "%s is masked; run systemctl unmask %s first", unit,
                                unit);

        return manager_fault(w->set->manager, &w->job->message, error, e,
                        w->set->kind == JOB_START ? "cannot start" : "cannot stop", unit);
}

static int on_queued(sd_bus_message *reply, void *userdata, _unused_ sd_bus_error *ret_error) {
        const sd_bus_error *e = sd_bus_message_get_error(reply);
        Waiting *w = userdata;
        const char *path;
        int r;

        if (e) {
                end_waiting(w, refused(w, e));
                return 0;
        }

        r = sd_bus_message_read(reply, "o", &path);
        if (r < 0)
                return r;
        w->path = strdup(path);
        return w->path ? 0 : -ENOMEM;
}

static int on_removed(sd_bus_message *signal, void *userdata, _unused_ sd_bus_error *ret_error) {
        const char *path, *result;
        JobSet *set = userdata;
        int r;

        r = sd_bus_message_read(signal, "uoss", NULL, &path, NULL, &result);
        if (r < 0)
                return r;

        for (size_t i = 0; i < set->n; i++) {
                Waiting *w = &set->waiting[i];

                if (!w->ended && w->path && strcmp(w->path, path) == 0)
                        return end_with_outcome(w, result);
        }
        return 0;
}

/* ResetFailedUnit first: an explicit start is not to be refused for what happened before. */
static int queue_one(Manager *m, JobKind kind, Waiting *w) {
        int r;

        if (kind == JOB_START) {
                r = sd_bus_call_method_async(m->bus, NULL, SYSTEMD_SERVICE, SYSTEMD_PATH, SYSTEMD_MANAGER,
                                "ResetFailedUnit", NULL, NULL, "s", w->job->unit);
                if (r < 0)
                        return r;
        }

        return sd_bus_call_method_async(m->bus, &w->call, SYSTEMD_SERVICE, SYSTEMD_PATH, SYSTEMD_MANAGER,
                        kind == JOB_START ? "StartUnit" : "StopUnit", on_queued, w, "ss", w->job->unit,
                        "replace");
}

static int queue_all(JobSet *set, sd_bus_slot **ret_slot) {
        Manager *m = set->manager;
        int r;

        r = sd_bus_match_signal_async(m->bus, ret_slot, m->is_private ? NULL : SYSTEMD_SERVICE, SYSTEMD_PATH,
                        SYSTEMD_MANAGER, "JobRemoved", on_removed, NULL, set);
        if (r >= 0 && !m->is_private)
                r = sd_bus_call_method_async(m->bus, NULL, SYSTEMD_SERVICE, SYSTEMD_PATH, SYSTEMD_MANAGER,
                                "Subscribe", NULL, NULL, NULL);

        for (size_t i = 0; r >= 0 && i < set->n; i++)
                r = queue_one(m, set->kind, &set->waiting[i]);
        return r;
}

/* ---- waiting ---- */

static int get_number(
                Manager *m, const char *unit, const char *interface, const char *property, uint64_t *ret) {
        _cleanup_(freep) char *path = NULL;
        int r;

        r = manager_unit_path(unit, &path);
        if (r < 0)
                return r;
        return sd_bus_get_property_trivial(
                        m->bus, SYSTEMD_SERVICE, path, interface, property, NULL, 't', ret);
}

static uint64_t add_capped(uint64_t a, uint64_t b) {
        return a > LIMIT_MAX_USEC || b > LIMIT_MAX_USEC - a ? LIMIT_MAX_USEC : a + b;
}

/*
 * How long a job of this unit may take by its own settings: a stop is SIGTERM and then SIGKILL, each as
 * long.
 */
static uint64_t unit_limit(Manager *m, JobKind kind, const char *unit) {
        uint64_t start = LIMIT_MAX_USEC, stop = LIMIT_MAX_USEC, sum;

        (void) get_number(m, unit, SYSTEMD_SERVICE_UNIT, "TimeoutStopUSec", &stop);
        sum = add_capped(stop, stop);
        if (kind == JOB_START) {
                (void) get_number(m, unit, SYSTEMD_SERVICE_UNIT, "TimeoutStartUSec", &start);
                sum = add_capped(sum, start);
        }
        return add_capped(sum, MARGIN_USEC);
}

/* Does systemd still have a job for the unit? Unknown counts as yes. */
static bool has_job(Manager *m, const char *unit) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(freep) char *path = NULL;
        uint32_t id = 1;

        if (manager_unit_path(unit, &path) < 0 ||
                        sd_bus_get_property(m->bus, SYSTEMD_SERVICE, path, SYSTEMD_UNIT, "Job", NULL, &reply,
                                        "(uo)") < 0 ||
                        sd_bus_message_read(reply, "(uo)", &id, NULL) < 0)
                return true;
        return id != 0;
}

/* Not waited for: the job ends by it. */
static int kill_all(Manager *m, const char *unit) {
        return sd_bus_call_method_async(m->bus, NULL, SYSTEMD_SERVICE, SYSTEMD_PATH, SYSTEMD_MANAGER,
                        "KillUnit", NULL, NULL, "ssi", unit, "all", (int32_t) SIGKILL);
}

/*
 * Look at one job that is still waited for. Limits are asked for at the first tick only: most jobs end
 * before. From the second on systemd is asked whether the job still exists, so that a signal that got lost
 * (systemd was re-executed) is not waited for for ever; the unit's state then tells how it ended. But the
 * signal may just have come, and wait behind the answer: it has until the next tick.
 */
static int tick_one(Waiting *w, uint64_t began, uint64_t now) {
        JobSet *set = w->set;

        if (w->limit == 0)
                w->limit = began + unit_limit(set->manager, set->kind, w->job->unit);
        else if (w->unseen)
                return end_with_outcome(w, "done");
        else if (w->path)
                w->unseen = !has_job(set->manager, w->job->unit);

        if (set->kind == JOB_CANCEL && !w->killed && now - began >= JOB_CANCEL_SECONDS * USEC_PER_SEC) {
                w->killed = true;
                return kill_all(set->manager, w->job->unit);
        }
        if (now < w->limit)
                return 0;

        end_waiting(w, fault(&w->job->message, -ETIMEDOUT,
                                       "%s: its job was still running after %" PRIu64
                                       " s, more than the unit's own limits allow; see systemctl list-jobs",
                                       w->job->unit, (now - began) / USEC_PER_SEC));
        return 0;
}

static int tick(JobSet *set, uint64_t began, JobProgress progress, void *userdata) {
        uint64_t now = clock_usec(CLOCK_MONOTONIC);
        const char *rest = NULL;

        for (size_t i = 0; i < set->n; i++) {
                Waiting *w = &set->waiting[i];
                int r;

                if (w->ended)
                        continue;
                r = tick_one(w, began, now);
                if (r < 0)
                        return r;
                if (!w->ended)
                        rest = w->job->unit;
        }

        if (progress && rest)
                progress(userdata, set->n_ended, set->n, rest);
        return 0;
}

static int wait_all(JobSet *set, JobProgress progress, void *userdata) {
        uint64_t began = clock_usec(CLOCK_MONOTONIC), next_tick = began + TICK_USEC;

        while (set->n_ended < set->n) {
                uint64_t now;
                int r;

                r = sd_bus_process(set->manager->bus, NULL);
                if (r < 0)
                        return r;
                if (r > 0)
                        continue;

                now = clock_usec(CLOCK_MONOTONIC);
                if (now >= next_tick) {
                        r = tick(set, began, progress, userdata);
                        if (r < 0)
                                return r;
                        next_tick = now + TICK_USEC;
                        continue;
                }

                r = sd_bus_wait(set->manager->bus, next_tick - now);
                if (r < 0 && r != -EINTR)
                        return r;
        }
        return 0;
}

int manager_run_jobs(Manager *m, JobKind kind, UnitJob *jobs, size_t n_jobs, JobProgress progress,
                void *userdata, char **reterr) {
        _cleanup_(job_set_done) JobSet set = { .manager = m, .kind = kind };
        _cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
        int r;

        if (n_jobs == 0)
                return 0;

        set.waiting = calloc(n_jobs, sizeof(*set.waiting));
        if (!set.waiting)
                return -ENOMEM;
        for (set.n = 0; set.n < n_jobs; set.n++)
                set.waiting[set.n] = (Waiting){ .set = &set, .job = &jobs[set.n] };

        r = queue_all(&set, &slot);
        if (r >= 0)
                r = wait_all(&set, progress, userdata);
        if (r < 0)
                return manager_fault(m, reterr, r, NULL,
                                kind == JOB_START ? "the start was requested, its end not seen, of"
                                                  : "the stop was requested, its end not seen, of",
                                jobs[0].unit);

        for (size_t i = 0; i < n_jobs; i++)
                if (set.waiting[i].outcome)
                        jobs[i].result = judge(&set.waiting[i]);
        return 0;
}

void unit_jobs_free(UnitJob *jobs, size_t n_jobs) {
        for (size_t i = 0; i < n_jobs; i++) {
                free(jobs[i].unit);
                free(jobs[i].message);
        }
        free(jobs);
}

int manager_wait_idle(Manager *m, const char *unit, char **reterr) {
        const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
        uint64_t limit = clock_usec(CLOCK_MONOTONIC) + 100 * USEC_PER_SEC;

        while (has_job(m, unit)) {
                if (clock_usec(CLOCK_MONOTONIC) >= limit)
                        return fault(reterr, -ETIMEDOUT,
                                        "%s has had a job running for 100 s; see systemctl list-jobs", unit);
                if (sd_bus_is_open(m->bus) <= 0)
                        return manager_fault(m, reterr, -ENOTCONN, NULL, "cannot wait for", unit);
                (void) nanosleep(&pause, NULL);
        }
        return 0;
}
