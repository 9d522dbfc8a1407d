/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a client may ask without a token: node, adapters, the daemon's last words. */

#include <ifaddrs.h>
#include <string.h>

#include "libha_gs/connection.h"

ha_gs_rc_t ha_gs_get_node_number(int *node_number) {
        _cleanup_(client_leave) _unused_ int cancel = client_enter();
        ha_gs_rc_t r;

        r = client_status();
        if (r != HA_GS_OK)
                return r;
        if (!node_number)
                return HA_GS_BAD_PARAMETER;

        *node_number = client.connection->node_number;
        return HA_GS_OK;
}

ha_gs_rc_t ha_gs_get_ffdc_id(fc_eid_t fid) {
        _cleanup_(client_leave) _unused_ int cancel = client_enter();

        /* Its time is when the connection is lost. */
        if (!client.connection)
                return HA_GS_NO_INIT;
        if (!fid)
                return HA_GS_BAD_PARAMETER;
        if (!client.ffdc_id[0])
                return HA_GS_NOT_OK;

        (void) strcpy(fid, client.ffdc_id);
        return HA_GS_OK;
}

static bool has_address(const struct ifaddrs *i, struct in_addr address) {
        return i->ifa_addr && i->ifa_addr->sa_family == AF_INET &&
               ((const struct sockaddr_in *) i->ifa_addr)->sin_addr.s_addr == address.s_addr;
}

static void freeifaddrsp(struct ifaddrs **list) {
        if (*list)
                freeifaddrs(*list);
}

ha_gs_rc_t ha_gs_get_adapter_info(ha_gs_adapter_info *adapter) {
        _cleanup_(client_leave) _unused_ int cancel = client_enter();
        _cleanup_(freeifaddrsp) struct ifaddrs *list = NULL;
        const struct ifaddrs *i;
        ha_gs_rc_t r;

        r = client_status();
        if (r != HA_GS_OK)
                return r;
        if (!adapter)
                return HA_GS_BAD_PARAMETER;
        if (!client.adapter_info)
                return HA_GS_NOT_OK;

        if (getifaddrs(&list) < 0)
                return errno == ENOMEM ? HA_GS_NO_MEMORY : HA_GS_NOT_OK;
        for (i = list; i && !has_address(i, adapter->ip_addr.ip4); i = i->ifa_next)
                ;
        if (!i)
                return HA_GS_NOT_OK;

        (void) snprintf(client.interface_name, sizeof(client.interface_name), "%s", i->ifa_name);
        adapter->node_number = (short) client.connection->node_number;
        adapter->interface_name = client.interface_name;
        return HA_GS_OK;
}
