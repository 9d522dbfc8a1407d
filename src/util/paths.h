/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Every path of the product, in one place. They are fixed by control.md, not by the build: the admin's
 * documentation, other commands and IBM's name them too.
 */

#define PATH_SERVICES "/etc/services"
#define PATH_LIB_DIR "/var/lib/hags"
#define PATH_SDR_DIR PATH_LIB_DIR "/sdr"
#define PATH_SDR_PORTS PATH_SDR_DIR "/Syspar_ports"
#define PATH_STATE_DIR PATH_LIB_DIR "/domain" /* one directory a partition, of user hags */
#define PATH_RUN_DIR "/run/hags"              /* one directory a partition, of user hags, with the socket */
#define PATH_LOCK PATH_RUN_DIR "/hagsctrl.lock"
#define PATH_DEACTIVATE_SOCKET PATH_RUN_DIR "/deactivate.socket" /* no partition's name has a dot */
#define PATH_LOG_DIR "/var/ha/log"
#define PATH_UNIT_DIR "/etc/systemd/system"
#define PATH_CONFIG_DIR "/etc/hags"
#define PATH_SYSPAR_DIR PATH_CONFIG_DIR "/syspar.d"
#define PATH_CONTROL_DIR "/usr/libexec/hags/syspar_ctrl.d" /* other packages put their scripts there */

#define BUS_ADDRESS "unix:path=/run/dbus/system_bus_socket"
#define BUS_NAME_PREFIX "org.hags.s" /* then the partition's name: an element begins with a letter */
#define PATH_BUS_POLICY "/usr/share/dbus-1/system.d/org.hags.conf"

#define NAME_SOCKET "gsapi" /* in PATH_RUN_DIR/<syspar>/ */
#define NAME_HOLDERS "holders.d" /* in PATH_RUN_DIR: no partition's name has a dot */
#define NAME_USER "hags"
#define NAME_CLIENT_GROUP "hagsuser"
#define NAME_TARGET "hags.target"
