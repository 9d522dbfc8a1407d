/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon's answer to questions for a report: what wire/report.h says, of this daemon as it is now. */

#include "hagsd/daemon.h"

/* See SessionHooks. */
int daemon_report(Daemon *daemon, const ReportQuestion *question, ReportSink *sink);
