/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * main() for a fuzz target without libFuzzer: runs it on every file named, or in every directory named, so
 * that the corpus is a regression test with any compiler and sanitizer.
 */

#include <dirent.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "util/fs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replay_file(const char *path) {
        Bytes b;

        if (file_read(path, 64 << 20, &b) < 0) {
                fprintf(stderr, "replay: cannot read %s\n", path);
                exit(EXIT_FAILURE);
        }
        (void) LLVMFuzzerTestOneInput((const uint8_t *) b.data, b.size);
        bytes_done(&b);
        return 1;
}

static unsigned replay(const char *path) {
        struct dirent *entry;
        unsigned n = 0;
        struct stat st;
        DIR *d;

        if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
                return replay_file(path);

        d = opendir(path);
        while (d && (entry = readdir(d))) {
                _cleanup_(freep) char *child = NULL;

                if (entry->d_name[0] != '.' && asprintf(&child, "%s/%s", path, entry->d_name) >= 0)
                        n += replay(child);
        }
        if (d)
                closedir(d);
        return n;
}

int main(int argc, char **argv) {
        unsigned n = 0;

        for (int i = 1; i < argc; i++)
                n += replay(argv[i]);

        printf("replayed %u inputs\n", n);
        return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
