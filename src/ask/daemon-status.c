/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The status question, asked of a running hagsd: see daemon-status.h. */

#include "ask/daemon-status.h"

#include "ask/ask.h"
#include "util/paths.h"

static int ask_status(Ask *ask, Status *ret, char **reterr) {
        uint8_t question[FRAME_HEAD_SIZE];
        FrameWriter w = frame_begin(question, sizeof(question), FRAME_STATUS_QUESTION, ask->serial + 1);
        FrameReader body;
        int r;

        r = ask_send(ask, question, (size_t) frame_finish(&w), reterr);
        if (r >= 0)
                r = ask_receive(ask, FRAME_STATUS_ANSWER, &body, reterr);
        if (r < 0)
                return r;
        return status_decode(&body, ret) < 0 ? ask_not_understood(ask, reterr) : 0;
}

int daemon_status_ask(const char *syspar, uint64_t timeout_usec, Status *ret, char **reterr) {
        _cleanup_(ask_close) Ask ask = ASK_NONE;
        int r;

        r = ask_open(PATH_RUN_DIR, syspar, timeout_usec, &ask, reterr);
        if (r == ASK_E_DOWN)
                return DAEMON_STATUS_E_DOWN;
        return r < 0 ? r : ask_status(&ask, ret, reterr);
}
