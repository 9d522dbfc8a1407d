/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The messages of AIX's System Resource Controller that programs and people look for (pssp-facts.md 3.5).
 * Those for which no text is known have ours, behind the known number. 0513-005 is not here: it is for
 * subsystems that are controlled by signals alone.
 */

#define MESSAGE_INOPERATIVE "0513-004 The Subsystem or Group, %s, is currently inoperative."
#define MESSAGE_ACTIVE "0513-029 The %s Subsystem is already active. Multiple instances are not supported."
#define MESSAGE_NOT_PASSED                                                                                \
        "0513-036 The request could not be passed to the %s subsystem. Start the subsystem and try your " \
        "command again."
#define MESSAGE_STOPPING "0513-044 The %s Subsystem was requested to stop."
#define MESSAGE_STARTED "0513-059 The %s Subsystem has been started. Subsystem PID is %d."
#define MESSAGE_ADDED "0513-071 The %s Subsystem has been added."
#define MESSAGE_DELETED "0513-083 Subsystem has been Deleted."
#define MESSAGE_NO_RECORDS "0513-084 There were no records that matched your request."
#define MESSAGE_NOT_ON_FILE "0513-085 The %s Subsystem is not on file."
#define MESSAGE_GROUP_NOT_ON_FILE "0513-085 The %s Group is not on file."
#define MESSAGE_TRACE_ON "0513-091 The request to turn on tracing was completed successfully."
#define MESSAGE_TRACE_OFF "0513-092 The request to turn off tracing was completed successfully."
#define MESSAGE_REFRESHED "0513-095 The request for subsystem refresh was completed successfully."

/* What all of them begin with: they stand without the command's name before them. */
#define MESSAGE_PREFIX "0513-"
