#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# From the book: domain.sh SUBSYSTEM prints the node of the name server, or says that the domain is not there.

lssrc -ls "$1" | grep 'Domain established by node' >/dev/null || { echo "not established"; exit 1; }
lssrc -ls "$1" | sed -n 's/.*Domain established by node \([0-9]*\).*/\1/p'
