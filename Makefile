# SPDX-License-Identifier: LGPL-2.1-or-later
# Plain GNU make, one file, non-recursive. `make help` lists the targets.

MAKEFLAGS    += -r --no-print-directory
SHELL        := /bin/bash
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

VERSION      := 0.1.0

# ---- where things go; every one can be set by the caller ----

PREFIX       ?= /usr
SYSCONFDIR   ?= /etc
SBINDIR      ?= $(PREFIX)/sbin
LIBEXECDIR   ?= $(PREFIX)/libexec/hags
MANDIR       ?= $(PREFIX)/share/man
PKG_CONFIG   ?= pkg-config
INSTALL      ?= install
BUILD        ?= build

pc-var        = $(or $(shell $(PKG_CONFIG) --variable=$1 $2 2>/dev/null),$3)
UNITDIR      ?= $(call pc-var,systemdsystemunitdir,systemd,$(PREFIX)/lib/systemd/system)
TMPFILESDIR  ?= $(call pc-var,tmpfilesdir,systemd,$(PREFIX)/lib/tmpfiles.d)
SYSUSERSDIR  ?= $(call pc-var,sysusersdir,systemd,$(PREFIX)/lib/sysusers.d)
COMPLETIONDIR ?= $(call pc-var,completionsdir,bash-completion,$(PREFIX)/share/bash-completion/completions)

# ---- flags: the user's own are kept, ours are added ----

CC           ?= cc
CFLAGS       ?= -O2 -g
own_cppflags := -Isrc -D_GNU_SOURCE -DHAGS_VERSION='"$(VERSION)"'
own_cflags   := -std=gnu17 -Wall -Wextra -Wvla -Wshadow -Wmissing-prototypes -Wformat=2 -Wstrict-prototypes \
                -Wpointer-arith -Wwrite-strings -fvisibility=hidden -fno-common -fPIE -fstack-protector-strong
own_cflags   += $(if $(WERROR),-Werror)
own_ldflags  := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
san          := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all)

libs_used    := libsystemd inih jansson
lib_cflags    = $(shell $(PKG_CONFIG) --cflags $(libs_used) cmocka 2>/dev/null)
lib_libs      = $(shell $(PKG_CONFIG) --libs $(libs_used))
cmocka_libs   = $(shell $(PKG_CONFIG) --libs cmocka)

# ---- what is built: every file under src/ is in the archive, but the main() of each program ----

programs     := hagsctrl hagsd
mains        := $(foreach p,$(programs),src/$p/main.c)
lib_src      := $(filter-out $(mains),$(wildcard src/*/*.c))
obj           = $(patsubst %.c,$(BUILD)/%.o,$1)
archive      := $(BUILD)/libhags-internal.a

unit_tests   := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test-*.c))
fuzzers      := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz-*.c))
test_tools   := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/crash/*.c tests/bench/*.c))

Q            := $(if $(filter 1,$(V)),,@)
say           = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$1' '$(or $2,$@)')
compile       = $(CC) $(own_cppflags) $(CPPFLAGS) $(own_cflags) $(CFLAGS) $(san) $(lib_cflags)
link          = $(CC) $(own_ldflags) $(LDFLAGS) $(CFLAGS) $(san)

.PHONY: all
all: $(addprefix $(BUILD)/,$(programs)) ## build everything

$(BUILD)/%.o: %.c
	$(call say,CC)
	$(Q)mkdir -p $(@D)
	$(Q)$(compile) -MMD -MP -c -o $@ $<

$(archive): $(call obj,$(lib_src))
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(addprefix $(BUILD)/,$(programs)): $(BUILD)/%: $(BUILD)/src/%/main.o $(archive)
	$(call say,LD)
	$(Q)$(link) -o $@ $^ $(lib_libs)

# A test that defines __wrap_foo() gets -Wl,--wrap=foo by itself.
comma        := ,
wraps         = $(addprefix -Wl$(comma)--wrap=,$(shell grep -oE '__wrap_[a-zA-Z0-9_]+' $1 | sed 's/^__wrap_//' | sort -u))

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(archive)
	$(call say,LD)
	$(Q)$(link) -o $@ $^ $(call wraps,tests/unit/$*.c) $(cmocka_libs) $(lib_libs)

$(BUILD)/tests/crash/%: $(BUILD)/tests/crash/%.o $(archive)
	$(call say,LD)
	$(Q)$(link) -o $@ $^ $(lib_libs)

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(archive)
	$(call say,LD)
	$(Q)$(link) -o $@ $^ $(lib_libs)

# The simulator: one program of all its files, run by make sim.
sim          := $(BUILD)/tests/sim/sim
$(sim): $(call obj,$(wildcard tests/sim/*.c)) $(archive)
	$(call say,LD)
	$(Q)$(link) -o $@ $^ $(lib_libs)

# Each fuzz target twice: with a main() that replays files (any compiler), and as a libFuzzer program (clang).
$(BUILD)/tests/replay/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/replay.o $(archive)
	$(call say,LD)
	$(Q)mkdir -p $(@D)
	$(Q)$(link) -o $@ $^ $(lib_libs)

$(BUILD)/tests/libfuzzer/%: $(BUILD)/tests/fuzz/%.o $(archive)
	$(call say,LD)
	$(Q)mkdir -p $(@D)
	$(Q)$(link) -fsanitize=fuzzer -o $@ $^ $(lib_libs)

.PHONY: unit-tests replays test-tools sim core-tests mutants
sim: $(sim) ## build the simulator of the state machine
core-tests: $(filter %/test-event %/test-sync,$(unit_tests)) $(filter $(BUILD)/tests/unit/test-core-%,$(unit_tests))
mutants: ## break each rule of the state machine on purpose; the tests must notice
	$(Q)BUILD=$(BUILD) tests/mutants/run.sh
unit-tests: $(unit_tests)
replays: $(addprefix $(BUILD)/tests/replay/,$(fuzzers))
test-tools: $(test_tools)

.PHONY: clean
clean: ## remove what was built
	rm -rf build build-*

.PHONY: help
help: ## list the targets
	@grep -E '^[a-z][a-z-]*:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14
	@echo 'Variables: V=1 verbose, WERROR=1, SANITIZE=address,undefined, BUILD=dir, DESTDIR, PREFIX, CC, CFLAGS'

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
