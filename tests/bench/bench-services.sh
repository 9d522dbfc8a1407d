#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# An edit of a services file of a million lines against cp and fsync (bench-services.c), on the file system
# of /var/tmp, which is a disk where /tmp may be memory.

exec "${BUILD:-build}/tests/bench/bench-services" "${TMPDIR:-/var/tmp}"
