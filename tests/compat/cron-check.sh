#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# As run by cron: a mail (output) for each subsystem of group hags that is not active.

lssrc -g hags | awk 'NR > 1 && $NF != "active" { print $1 " is " $NF }'
