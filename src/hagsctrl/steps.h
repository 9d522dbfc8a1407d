/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The steps that actions are made of. Each function appends one step to a plan; what the step does stands in
 * its text, which --dry-run prints. Lists of partitions are borrowed until the plan has run.
 */

#include "hagsctrl/plan.h"

/* Stop hagsd of every partition listed, all at once, and with `target` hags.target too. Not running is fine.
 */
void plan_stop(Plan *p, char *const *syspars, bool target);

/* Let systemd forget that the instances failed. */
void plan_forget(Plan *p, char *const *syspars);

/* Write /etc/hags/syspar.d/<syspar>.conf, which makes the partition known. */
void plan_declare(Plan *p, const char *syspar);

/* Store a port in the SDR; remove all ports of hags from it; replace it. */
void plan_store_port(Plan *p, const char *syspar, uint16_t port);
void plan_clear_ports(Plan *p);
void plan_replace_sdr(Plan *p, const Sdr *sdr);

/* Our lines of /etc/services: of one partition with its port; out again for one, or for all (NULL). */
void plan_add_services(Plan *p, const char *syspar, uint16_t port);
void plan_remove_services(Plan *p, const char *syspar);

/* The registration drop-in. */
void plan_register(Plan *p, const char *syspar, const Registration *registration);

/* Registration and tracing drop-ins of every partition listed. */
void plan_unregister(Plan *p, char *const *syspars);

/* Instances in hags.target, and with `target` hags.target in multi-user.target. */
void plan_enable(Plan *p, char *const *syspars, bool target);
void plan_disable(Plan *p, char *const *syspars, bool target);

/* The tracing drop-in, and the level of the daemon if it runs. */
void plan_trace_on(Plan *p, const char *syspar);
void plan_trace_off(Plan *p, const char *syspar);
void plan_switch_trace(Plan *p, const char *syspar, bool on);

/* Tell systemd to read its files again. */
void plan_reload(Plan *p);
