/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One file of configuration: see file.h, and config.h for its form. */

#include "config/file.h"

#include <arpa/inet.h>
#include <ini.h>
#include <stdarg.h>
#include <string.h>

#include "util/fault.h"
#include "util/fs.h"
#include "util/parse.h"

#define FILE_MAX ((size_t) 1 << 20)

/* ---- values: each function takes one kind of text into the field of its key, or returns an error ---- */

typedef struct Key Key;

struct Key {
        const char *section, *name;
        unsigned kinds; /* the ConfigFileKinds in which it may stand */
        int (*take)(const Key *key, const char *value, Config *c);
        size_t offset; /* of the field in Config */
        uint64_t min, max;
        const char *expected;
};

static void *field_of(const Key *key, Config *c) {
        return (char *) c + key->offset;
}

static int take_within(const Key *key, uint64_t value, Config *c) {
        if (value < key->min || value > key->max)
                return -ERANGE;
        *(uint64_t *) field_of(key, c) = value;
        return 0;
}

static int take_u64(const Key *key, const char *text, Config *c) {
        return parse_u64(text, key->min, key->max, field_of(key, c));
}

static int take_unsigned(const Key *key, const char *text, Config *c) {
        uint64_t value;
        int r;

        r = parse_u64(text, key->min, key->max, &value);
        if (r >= 0)
                *(unsigned *) field_of(key, c) = (unsigned) value;
        return r;
}

static int take_node_number(const Key *key, const char *text, Config *c) {
        int r = take_unsigned(key, text, c);

        if (r >= 0)
                c->node_number_set = true;
        return r;
}

static int take_size(const Key *key, const char *text, Config *c) {
        uint64_t value;
        int r = parse_size(text, &value);

        return r < 0 ? r : take_within(key, value, c);
}

static int take_timespan(const Key *key, const char *text, Config *c) {
        uint64_t value;
        int r = parse_timespan(text, &value);

        return r < 0 ? r : take_within(key, value, c);
}

static int take_boolean(const Key *key, const char *text, Config *c) {
        return parse_boolean(text, field_of(key, c));
}

static int take_partition(const Key *key, const char *text, Config *c) {
        if (!syspar_name_is_valid(text))
                return -EINVAL;
        (void) snprintf(field_of(key, c), SYSPAR_NAME_MAX + 1, "%s", text);
        return 0;
}

static int take_string(const Key *key, const char *text, Config *c) {
        char **field = field_of(key, c), *copy;

        copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        free(*field);
        *field = copy;
        return 0;
}

/* It goes into a unit file too, and systemd takes no path with `..`. */
static int take_directory(const Key *key, const char *text, Config *c) {
        if (*text != '/')
                return -EINVAL;
        for (const char *p = text; *p; p++)
                if ((unsigned char) *p < ' ' || *p == 0x7f ||
                                (strncmp(p, "/..", 3) == 0 && (p[3] == '/' || p[3] == 0)))
                        return -EINVAL;

        return take_string(key, text, c);
}

static int take_address(const Key *key, const char *text, Config *c) {
        struct in6_addr address;

        if (inet_pton(AF_INET, text, &address) != 1 && inet_pton(AF_INET6, text, &address) != 1)
                return -EINVAL;
        return take_string(key, text, c);
}

static int take_engine(const Key *key, const char *text, Config *c) {
        EngineType *engine = field_of(key, c);

        if (strcmp(text, "local") == 0)
                *engine = ENGINE_LOCAL;
        else if (strcmp(text, "corosync") == 0)
                *engine = ENGINE_COROSYNC;
        else
                return -EINVAL;
        return 0;
}

/* ---- the keys ---- */

#define HOST CONFIG_FILE_HOST
#define PARTITION CONFIG_FILE_PARTITION
#define BOTH (HOST | PARTITION)
#define FIELD(name) offsetof(Config, name)
#define BOOLEAN 0, 0, "yes or no"
#define POSITIVE 1, UINT32_MAX, "a number from 1 to 4294967295"
#define SIZE(min, text) min, UINT64_MAX, "a number of bytes from " text ", such as 5M"
#define HOUR UINT64_C(3600000000)

static const Key keys[] = {
        { "Node", "Number", HOST, take_node_number, FIELD(node_number), 0, NODE_NUMBER_MAX,
                        "a number from 0 to 2047" },
        { "Partition", "Name", HOST, take_partition, FIELD(partition), 0, 0,
                        "a name of 1 to 24 characters A-Z a-z 0-9 _ -, the first a letter or digit" },
        { "Partition", "HACWS", HOST, take_boolean, FIELD(hacws), BOOLEAN },
        { "Partition", "EditServices", HOST, take_boolean, FIELD(edit_services), BOOLEAN },
        { "Partition", "Address", PARTITION, take_address, FIELD(address), 0, 0, "an IPv4 or IPv6 address" },
        { "Log", "Directory", BOTH, take_directory, FIELD(log_directory), 0, 0,
                        "an absolute path without .." },
        { "Log", "Lines", BOTH, take_u64, FIELD(log_lines), POSITIVE },
        { "Log", "MaxTotalSize", BOTH, take_size, FIELD(log_max_total_size), SIZE(1, "1") },
        { "Log", "MaxIncarnations", BOTH, take_unsigned, FIELD(log_max_incarnations), POSITIVE },
        { "Engine", "Type", BOTH, take_engine, FIELD(engine), 0, 0, "local or corosync" },
        { "Engine", "Quorum", BOTH, take_boolean, FIELD(quorum), BOOLEAN },
        { "Engine", "SettleTime", BOTH, take_timespan, FIELD(settle_time), 0, HOUR,
                        "a time up to 1h, such as 3s or 500ms" },
        { "Limits", "Connections", HOST, take_unsigned, FIELD(max_connections), POSITIVE },
        { "Limits", "Memberships", HOST, take_unsigned, FIELD(max_memberships), POSITIVE },
        { "Limits", "QueuedBytes", HOST, take_size, FIELD(max_queued_bytes), SIZE(65536, "65536") },
        { "Limits", "ConnectionQueuedBytes", HOST, take_size, FIELD(max_connection_queued_bytes),
                        SIZE(65536, "65536") },
};

static const Key *find_key(const char *section, const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (strcmp(keys[i].section, section) == 0 && strcmp(keys[i].name, name) == 0)
                        return &keys[i];
        return NULL;
}

/* ---- reading: libinih asks for a line, and, before the next, tells what setting was in it ---- */

typedef struct Reading {
        const ConfigReader *reader;
        ConfigFileKind kind;
        const char *path;
        Bytes text;
        size_t offset;
        unsigned line; /* libinih as Debian builds it does not tell its handler */
        Config *config;
        int error; /* what ended the reading early, with its sentence */
} Reading;

static void reading_done(Reading *r) {
        bytes_done(&r->text);
}

void config_warn(const ConfigReader *reader, const char *format, ...) {
        _cleanup_(freep) char *text = NULL;
        va_list ap;

        if (!reader->warn)
                return;

        va_start(ap, format);
        if (vasprintf(&text, format, ap) < 0)
                text = NULL;
        va_end(ap);
        if (text)
                reader->warn(reader->userdata, text);
}

#define BLANKS " \t\v\f\r"

/* What libinih would silently take for something else, or NULL. */
static const char *what_is_wrong(const char *line, size_t length, size_t room) {
        const char *after = memchr(line, ']', length);

        if (memchr(line, 0, length))
                return "there is a NUL byte in the line";
        if (length >= room)
                return "the line is too long, 199 bytes are the most";
        if (*line == '[' && after && !strchr("\n;#", after[1 + strspn(after + 1, BLANKS)]))
                return "there is more behind the [Section], it needs a line of its own";
        return NULL;
}

/* The next line without its end, and without comments and blanks that libinih has limits and uses for. */
static char *next_line(char *buffer, int size, void *userdata) {
        Reading *r = userdata;
        const char *line = r->text.data + r->offset, *newline, *wrong;
        size_t length, blanks;

        if (r->error < 0 || r->offset >= r->text.size)
                return NULL;

        newline = memchr(line, '\n', r->text.size - r->offset);
        length = newline ? (size_t) (newline - line) : r->text.size - r->offset;
        r->offset += length + 1;
        r->line++;

        /* A line that is indented would be read as more of the value before it. */
        blanks = strspn(line, BLANKS);
        line += blanks;
        length -= blanks;
        if (*line == '#' || *line == ';')
                length = 0;

        wrong = what_is_wrong(line, length, (size_t) size);
        if (wrong) {
                r->error = fault(r->reader->reterr, -EINVAL, "%s line %u: %s", r->path, r->line, wrong);
                return NULL;
        }

        memcpy(buffer, line, length);
        buffer[length] = 0;
        return buffer;
}

static int take_setting(void *userdata, const char *section, const char *name, const char *value) {
        Reading *r = userdata;
        const Key *key = find_key(section, name);
        int error;

        if (!key) {
                config_warn(r->reader, "%s line %u: unknown key [%s] %s=, ignoring it", r->path, r->line,
                                section, name);
                return true;
        }
        if (!(key->kinds & r->kind)) {
                config_warn(r->reader, "%s line %u: [%s] %s= belongs into %s, ignoring it", r->path, r->line,
                                section, name, r->kind == HOST ? "syspar.d/<partition>.conf" : "hags.conf");
                return true;
        }

        error = key->take(key, value, r->config);
        if (error == -ENOMEM)
                r->error = error;
        else if (error < 0)
                r->error = fault(r->reader->reterr, -EINVAL, "%s line %u: [%s] %s= must be %s, not \"%s\"",
                                r->path, r->line, section, name, key->expected, value);
        return error >= 0;
}

int config_file_read(const ConfigReader *reader, ConfigFileKind kind, const char *path, Config *c) {
        _cleanup_(reading_done) Reading reading = {
                .reader = reader,
                .kind = kind,
                .path = path,
                .config = c,
        };
        int r;

        r = file_read(path, FILE_MAX, &reading.text);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return fault(reader->reterr, r, "cannot read %s: %s", path, strerror(-r));

        r = ini_parse_stream(next_line, &reading, take_setting, &reading);
        if (reading.error < 0)
                return reading.error;
        if (r > 0)
                return fault(reader->reterr, -EINVAL,
                                "%s line %d: this is no [Section], no Key=value and no # comment", path, r);
        return r < 0 ? -ENOMEM : 1;
}
