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
BINDIR       ?= $(PREFIX)/bin
SBINDIR      ?= $(PREFIX)/sbin
LIBEXECDIR   ?= $(PREFIX)/libexec/hags
MANDIR       ?= $(PREFIX)/share/man
INCLUDEDIR   ?= $(PREFIX)/include
EXAMPLESDIR  ?= $(PREFIX)/share/doc/hags/examples
# Where IBM had its commands, and where syspar_ctrl looks for control scripts: util/paths.h knows the second one.
RSCTDIR      ?= $(SBINDIR)/rsct/bin
CONTROLDIR   ?= /usr/libexec/hags/syspar_ctrl.d
PKG_CONFIG   ?= pkg-config
INSTALL      ?= install
OBJCOPY      ?= objcopy
BUILD        ?= build

pc-var        = $(or $(shell $(PKG_CONFIG) --variable=$1 $2 2>/dev/null),$3)
# lib, lib64 or lib/x86_64-linux-gnu: as the distribution has it, below PREFIX
LIBDIR       ?= $(PREFIX)/$(patsubst /usr/%,%,$(call pc-var,libdir,libsystemd,/usr/lib))
UNITDIR      ?= $(call pc-var,systemdsystemunitdir,systemd,$(PREFIX)/lib/systemd/system)
TMPFILESDIR  ?= $(call pc-var,tmpfilesdir,systemd,$(PREFIX)/lib/tmpfiles.d)
SYSUSERSDIR  ?= $(call pc-var,sysusersdir,systemd,$(PREFIX)/lib/sysusers.d)
CATALOGDIR   ?= $(call pc-var,catalogdir,systemd,$(PREFIX)/lib/systemd/catalog)
BUSPOLICYDIR ?= $(call pc-var,datadir,dbus-1,/usr/share)/dbus-1/system.d
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

# hags-deactivate is in src/deactivate/, and so on; the diagnostic commands share src/diag/.
diag         := hagsns hagsgr hagscl hagsvote
programs     := hagsctrl hagsd hags-deactivate hags-compat hagsgroup $(diag)

# The commands of SRC and PSSP are links to hags-compat. `make install` leaves them out: others have these names.
compat       := lssrc startsrc stopsrc traceson tracesoff refresh spget_syspar node_number SDRGetObjects syspar_ctrl
main_of       = $(if $(filter $1,$(diag)),src/diag/$1.c,src/$(1:hags-%=%)/main.c)
mains        := $(foreach p,$(programs),$(call main_of,$p))
lib_src      := $(filter-out $(mains) src/samples/%,$(wildcard src/*/*.c))
obj           = $(patsubst %.c,$(BUILD)/%.o,$1)
archive      := $(BUILD)/libhags-internal.a

unit_tests   := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test-*.c))
fuzzers      := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz-*.c))
test_tools   := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/crash/*.c tests/bench/*.c tests/lab/*.c))

Q            := $(if $(filter 1,$(V)),,@)
say           = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$1' '$(or $2,$@)')
compile       = $(CC) $(own_cppflags) $(CPPFLAGS) $(own_cflags) $(CFLAGS) $(san) $(lib_cflags)
link          = $(CC) $(own_ldflags) $(LDFLAGS) $(CFLAGS) $(san)

.PHONY: all
all: $(addprefix $(BUILD)/,$(programs)) $(addprefix $(BUILD)/compat/,$(compat)) client-library ## build everything

$(BUILD)/%.o: %.c
	$(call say,CC)
	$(Q)mkdir -p $(@D)
	$(Q)$(compile) -MMD -MP -c -o $@ $<

$(archive): $(call obj,$(lib_src))
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(foreach p,$(programs),$(eval $(BUILD)/$p: $(call obj,$(call main_of,$p))))
$(BUILD)/hagsgr: own_libs = $(shell $(PKG_CONFIG) --libs ncurses)
$(addprefix $(BUILD)/,$(programs)): $(archive)
	$(call say,LD)
	$(Q)$(link) -o $@ $(filter %.o %.so.1,$^) $(archive) $(lib_libs) $(own_libs)

$(addprefix $(BUILD)/compat/,$(compat)): $(BUILD)/hags-compat
	$(Q)mkdir -p $(@D) && ln -sfn ../hags-compat $@

# As clients see the header. What runs is built by tests/conformance/build.sh, as a client is.
$(BUILD)/tests/conformance/%.o: own_cppflags += -Isrc/libha_gs

# The client library: its own objects and what they need of wire and util, as PIC. The static one is a single
# object in which everything but the API has become local, so that no name of ours meets one of the program's; where
# a distribution builds with LTO, it is made of the machine code that lies beside the bytecode.
client_so    := $(BUILD)/libha_gs.so.1
client_a     := $(BUILD)/libha_gs.a
client_map   := src/libha_gs/libha_gs.map
client_pic   := $(patsubst %.c,$(BUILD)/pic/%.o,$(wildcard src/libha_gs/*.c src/wire/*.c src/util/*.c))
client_own   := $(filter $(BUILD)/pic/src/libha_gs/%,$(client_pic))
client_links := $(BUILD)/libha_gs.so $(BUILD)/libha_gs_r.so

.PHONY: client-library
client-library: $(client_so) $(client_links) $(client_a) $(BUILD)/libha_gs_r.a $(BUILD)/hags.pc

$(BUILD)/pic/%.o: %.c
	$(call say,CC)
	$(Q)mkdir -p $(@D)
	$(Q)$(compile) -fPIC -MMD -MP -c -o $@ $<

$(BUILD)/pic/client.a: $(filter-out $(client_own),$(client_pic))
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(client_so): $(client_own) $(BUILD)/pic/client.a $(client_map)
	$(call say,LD)
	$(Q)$(CC) -shared -Wl,-soname,$(@F) -Wl,--version-script=$(client_map) $(filter-out -pie,$(own_ldflags)) \
	        $(if $(SANITIZE),,-Wl,-z,defs) $(LDFLAGS) $(CFLAGS) $(san) -o $@ $(filter-out %.map,$^) -pthread

# The library of threads is the same one (gsapi.md).
$(client_links): $(client_so)
	$(Q)ln -sf $(<F) $@

$(client_a): $(client_own) $(BUILD)/pic/client.a
	$(call say,AR)
	$(Q)$(CC) $(CFLAGS) -fno-lto -r -nostdlib -o $(@:.a=.o) $^
	$(Q)$(OBJCOPY) --localize-hidden --remove-section='.gnu.lto_*' --remove-section='.gnu.debuglto_*' $(@:.a=.o)
	$(Q)rm -f $@ && $(AR) rcs $@ $(@:.a=.o)

$(BUILD)/libha_gs_r.a: $(client_a)
	$(Q)ln -sf $(<F) $@

# A program that uses the library as others do: it has to get the shared one, not what the archive has of it for
# tests.
$(BUILD)/hagsgroup: $(call obj,$(wildcard src/hagsgroup/*.c)) $(client_so)

# The sample programs, against the library here. Who has it installed uses src/samples/Makefile.
samples      := $(patsubst src/samples/%.c,$(BUILD)/samples/%,\
                $(filter-out %/sample_utility.c,$(wildcard src/samples/*.c)))
$(BUILD)/src/samples/%.o: own_cppflags += -Isrc/libha_gs
$(samples): $(BUILD)/samples/%: $(BUILD)/src/samples/%.o $(BUILD)/src/samples/sample_utility.o $(client_links)
	$(call say,LD)
	$(Q)mkdir -p $(@D)
	$(Q)$(link) -o $@ $(filter %.o,$^) -L$(BUILD) -Wl,-rpath,'$$ORIGIN/..' -lha_gs

# Clients of the tests, against the library here, too.
actors       := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/diag/*.c))
$(BUILD)/tests/diag/%.o: own_cppflags += -Isrc/libha_gs
$(actors): $(BUILD)/%: $(BUILD)/%.o $(client_links)
	$(call say,LD)
	$(Q)$(link) -o $@ $< -L$(BUILD) -Wl,-rpath,'$$ORIGIN/../..' -lha_gs

$(BUILD)/hags.pc: src/libha_gs/hags.pc.in Makefile
	$(call say,GEN)
	$(Q)sed -e 's,@LIBDIR@,$(LIBDIR),' -e 's,@INCLUDEDIR@,$(INCLUDEDIR),' -e 's,@VERSION@,$(VERSION),' $< >$@

# A test that defines __wrap_foo() gets -Wl,--wrap=foo by itself.
comma        := ,
wraps         = $(addprefix -Wl$(comma)--wrap=,$(shell grep -oE '__wrap_[a-zA-Z0-9_]+' $1 | sed 's/^__wrap_//' | sort -u))

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(archive)
	$(call say,LD)
	$(Q)$(link) -o $@ $^ $(call wraps,tests/unit/$*.c) $(cmocka_libs) $(lib_libs)

$(BUILD)/tests/faults/%.so: tests/faults/%.c
	$(call say,LD)
	$(Q)mkdir -p $(@D)
	$(Q)$(compile) -fPIC -fvisibility=default -shared -o $@ $<

# These run the program itself.
$(filter $(BUILD)/tests/unit/test-hagsd%,$(unit_tests)): | $(BUILD)/hagsd $(BUILD)/tests/faults/fail-nth.so

$(test_tools): $(BUILD)/%: $(BUILD)/%.o $(archive)
	$(call say,LD)
	$(Q)$(link) -o $@ $^ $(lib_libs)

# The simulator: one program of all its files, run by make sim.
sim          := $(BUILD)/tests/sim/sim
$(sim): $(call obj,$(wildcard tests/sim/*.c)) $(archive)
	$(call say,LD)
	$(Q)$(link) -o $@ $^ $(lib_libs)

# The oracle of the simulator, for what real clients hear of a real daemon that records what it does.
oracle       := $(addprefix $(BUILD)/tests/oracle/,oracle hagsd)
oracle_src   := $(filter-out %/recorder.c,$(wildcard tests/oracle/*.c)) $(wildcard tests/sim/model-*.c) \
                $(addprefix tests/sim/,note.c oracle.c profile.c text.c)
$(BUILD)/tests/oracle/oracle: $(call obj,$(oracle_src)) $(client_a) $(archive)
	$(call say,LD)
	$(Q)$(link) -o $@ $^ $(lib_libs)

$(BUILD)/tests/oracle/hagsd: $(call obj,src/hagsd/main.c tests/oracle/recorder.c) $(archive)
	$(call say,LD)
	$(Q)$(link) -o $@ $^ $(call wraps,tests/oracle/recorder.c) $(lib_libs)

# The measurements of Group Services: one program too, which uses the library as others do.
bench_gsapi  := $(BUILD)/tests/bench/bench-gsapi
$(bench_gsapi): $(call obj,$(wildcard tests/bench/gsapi/*.c)) $(client_so) $(archive)
	$(call say,LD)
	$(Q)$(link) -Wl,-rpath,$(abspath $(BUILD)) -o $@ $^ $(lib_libs)

# Each fuzz target twice: with a main() that replays files (any compiler), and as a libFuzzer program (clang).
$(BUILD)/tests/replay/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/replay.o $(archive)
	$(call say,LD)
	$(Q)mkdir -p $(@D)
	$(Q)$(link) -o $@ $^ $(lib_libs)

$(BUILD)/tests/libfuzzer/%: $(BUILD)/tests/fuzz/%.o $(archive)
	$(call say,LD)
	$(Q)mkdir -p $(@D)
	$(Q)$(link) -fsanitize=fuzzer -o $@ $^ $(lib_libs)

.PHONY: unit-tests replays libfuzzers test-tools objects samples sim oracle core-tests mutants
samples: $(samples) ## build the sample programs of the client library
sim: $(sim) ## build the simulator of the state machine
oracle: $(oracle) ## build the random clients of a real daemon, and their judge
core_tests    = $(filter %/test-event,$(unit_tests)) $(filter $(BUILD)/tests/unit/test-core-%,$(unit_tests))
core-tests: $(core_tests)
mutants: ## break each rule of the state machine on purpose; the tests must notice
	$(Q)BUILD=$(BUILD) tests/mutants/run.sh
unit-tests: $(unit_tests)
replays: $(addprefix $(BUILD)/tests/replay/,$(fuzzers))
libfuzzers: $(addprefix $(BUILD)/tests/libfuzzer/,$(fuzzers))
test-tools: $(test_tools) $(actors) $(bench_gsapi)
objects: $(call obj,$(wildcard src/*/*.c tests/*/*.c tests/*/*/*.c))

# ---- installing: the list says it once, for install and uninstall ----

put           = $(if $3,$(Q)$(INSTALL) -D -m $1 -t $(DESTDIR)$2 $3)
drop          = $(if $3,$(Q)rm -f $(addprefix $(DESTDIR)$2/,$(notdir $3)))
# A link to a file beside it, made anew.
put-link      = $(Q)ln -sf $2 $(DESTDIR)$1
drop-link     = $(Q)rm -f $(DESTDIR)$1
# Links of some names in a directory to one file elsewhere.
put-names     = $(Q)mkdir -p $(DESTDIR)$1 && for n in $3; do ln -sfr $(DESTDIR)$2 $(DESTDIR)$1/$$n || exit; done
drop-names    = $(Q)rm -f $(addprefix $(DESTDIR)$1/,$3)
# Links to files elsewhere, by the names that these have.
put-links     = $(Q)mkdir -p $(DESTDIR)$1 && ln -sfr -t $(DESTDIR)$1 $(addprefix $(DESTDIR),$2)
drop-links    = $(Q)rm -f $(addprefix $(DESTDIR)$1/,$(notdir $2))

of_compat     = $(strip $(foreach c,hags-src-compat $(compat),$(wildcard $1$c $1$c.[178])))
own           = $(filter-out $(call of_compat,$(dir $1)),$(wildcard $1))

define installed
$(call $1,0755,$(BINDIR),$(addprefix $(BUILD)/,hagsgroup $(diag)))
$(call $1,0755,$(SBINDIR),$(BUILD)/hagsctrl)
$(call $1,0755,$(LIBEXECDIR),$(BUILD)/hagsd $(BUILD)/hags-deactivate)
$(call $1,0644,$(LIBDIR),$(client_so) $(client_a))
$(call $1-link,$(LIBDIR)/libha_gs.so,$(notdir $(client_so)))
$(call $1-link,$(LIBDIR)/libha_gs_r.so,$(notdir $(client_so)))
$(call $1-link,$(LIBDIR)/libha_gs_r.a,$(notdir $(client_a)))
$(call $1,0644,$(LIBDIR)/pkgconfig,$(BUILD)/hags.pc)
$(call $1,0644,$(INCLUDEDIR),src/libha_gs/ha_gs.h)
$(call $1,0644,$(UNITDIR),$(wildcard units/*.service units/*.slice units/*.socket units/*.target))
$(call $1,0644,$(TMPFILESDIR),$(wildcard tmpfiles.d/*.conf))
$(call $1,0644,$(SYSUSERSDIR),$(wildcard packaging/sysusers.d/*.conf))
$(call $1,0644,$(CATALOGDIR),$(wildcard packaging/catalog/*.catalog))
$(call $1,0644,$(BUSPOLICYDIR),$(wildcard packaging/dbus-1/*.conf))
$(call $1,0644,$(COMPLETIONDIR),$(call own,packaging/completion/*))
$(call $1,0644,$(EXAMPLESDIR),$(wildcard src/samples/*.[ch]) src/samples/Makefile)
$(call $1,0755,$(EXAMPLESDIR),$(wildcard src/samples/*.sh))
$(call $1,0644,$(MANDIR)/man1,$(call own,man/*.1))
$(call $1,0644,$(MANDIR)/man3,$(wildcard man/*.3))
$(call $1,0644,$(MANDIR)/man5,$(wildcard man/*.5))
$(call $1,0644,$(MANDIR)/man7,$(call own,man/*.7))
$(call $1,0644,$(MANDIR)/man8,$(call own,man/*.8))
endef

# IBM's directory has the names that RSCT had there. syspar_ctrl takes hagsctrl for the control script of hags.
define installed_src_compat
$(call $1,0755,$(LIBEXECDIR),$(BUILD)/hags-compat)
$(call $1-names,$(BINDIR),$(LIBEXECDIR)/hags-compat,$(compat))
$(call $1-links,$(RSCTDIR),$(SBINDIR)/hagsctrl $(LIBEXECDIR)/hagsd $(addprefix $(BINDIR)/,$(diag)))
$(call $1-names,$(CONTROLDIR),$(SBINDIR)/hagsctrl,hags)
$(call $1,0644,$(COMPLETIONDIR),$(call of_compat,packaging/completion/))
$(call $1,0644,$(MANDIR)/man1,$(filter %.1,$(call of_compat,man/)))
$(call $1,0644,$(MANDIR)/man7,$(filter %.7,$(call of_compat,man/)))
$(call $1,0644,$(MANDIR)/man8,$(filter %.8,$(call of_compat,man/)))
$(call $1-link,$(MANDIR)/man8/tracesoff.8,traceson.8)
endef

.PHONY: install uninstall install-src-compat uninstall-src-compat
install: all ## install below DESTDIR; nothing is enabled, started or reloaded
	$(call say,INSTALL,$(DESTDIR)$(PREFIX))
	$(call installed,put)
	$(Q)sed -i 's,/usr/libexec/hags/,$(LIBEXECDIR)/,' $(addprefix $(DESTDIR)$(UNITDIR)/,$(notdir $(wildcard units/*.service)))

uninstall: ## remove what install installed
	$(call say,REMOVE,$(DESTDIR)$(PREFIX))
	$(call installed,drop)
	$(Q)for d in $(LIBEXECDIR) $(EXAMPLESDIR) $(dir $(EXAMPLESDIR)); do \
	        [ ! -d $(DESTDIR)$$d ] || rmdir --ignore-fail-on-non-empty $(DESTDIR)$$d; \
	done

install-src-compat: all ## install the commands of SRC and PSSP (lssrc and others), whose names RSCT has too
	$(call say,INSTALL,$(DESTDIR)$(PREFIX))
	$(call installed_src_compat,put)

uninstall-src-compat: ## remove them
	$(call say,REMOVE,$(DESTDIR)$(PREFIX))
	$(call installed_src_compat,drop)
	$(Q)for d in $(CONTROLDIR) $(LIBEXECDIR) $(RSCTDIR) $(dir $(RSCTDIR)); do \
	        [ ! -d $(DESTDIR)$$d ] || rmdir --ignore-fail-on-non-empty $(DESTDIR)$$d; \
	done

# ---- packages ----

tarball      := $(BUILD)/hags-$(VERSION).tar.xz

.PHONY: dist deb rpm
dist: ## write the source tarball, build/hags-VERSION.tar.xz
	$(call say,DIST,$(tarball))
	$(Q)packaging/dist $(tarball)

deb: dist ## build the Debian packages, binary and source, in build/deb
	$(Q)tests/deps.sh build deb
	$(Q)packaging/build-deb $(tarball) $(BUILD)/deb

rpm: dist ## build the rpms, binary and source, in build/rpm
	$(Q)tests/deps.sh build package
	$(Q)packaging/build-rpm $(tarball) $(BUILD)/rpm

# ---- testing ----

# A make of its own for another set of flags; as many jobs as processors, unless the user said how many.
sub_make      = $(MAKE) $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
sanitized     = BUILD=$(BUILD)/asan SANITIZE=address,undefined CFLAGS='-O1 -g'
run           = BUILD=$(BUILD) tests/run

# What is preloaded to make calls fail does not go together with the sanitizers.
asan_tests    = $(patsubst $(BUILD)/%,$(BUILD)/asan/%,$(filter-out %/test-hagsd-faults,$(unit_tests))) tests/fuzz/replay.sh
other_tests   = $(filter $(BUILD)/tests/crash/crash-%,$(test_tools)) \
                $(wildcard tests/static/check-*.sh tests/*/test-*.sh)
longest       = tests/lab/test-crash.sh
all_tests     = $(longest) $(filter-out $(longest),$(unit_tests) $(asan_tests) $(other_tests))

.PHONY: check check-long soak bench demo deps asan tsan client-tests fuzz coverage cppcheck tidy
check: ## run all tests; the lab's need root
	$(Q)tests/deps.sh build lab check deb package
	$(Q)$(sub_make) all unit-tests test-tools samples sim oracle
	$(Q)$(sub_make) $(sanitized) unit-tests replays sim oracle
	$(Q)$(run) $(all_tests)

.PHONY: check-modules
check-modules: unit-tests ## run the unit tests alone; they need nothing of the system
	$(Q)$(run) $(unit_tests)

SIM_SEEDS    ?= 1000000
check-long: ## check, then the analysers, mutants, 10 minutes of each fuzzer, SIM_SEEDS=1000000, more generated files
	$(Q)for t in check cppcheck tidy tsan mutants; do $(MAKE) $$t || exit; done
	$(Q)$(MAKE) fuzz FUZZ_SECONDS=600
	$(Q)$(sim) --seeds $(shell date +%s)000000 $(SIM_SEEDS) --jobs $(shell nproc)
	$(Q)ORACLE_FIRST=$(shell date +%s)00000 ORACLE_RUNS=10000 $(run) tests/oracle/test-oracle.sh
	$(Q)HAGS_JOINS=1000000 HAGS_FRAMES=10000000 HAGS_FAULTS_STEP=1 $(run) \
	        $(filter %-hagsd-memory %-hagsd-hostile %-hagsd-faults,$(unit_tests))
	$(Q)HAGSGROUP_LONG=1 TEST_TIMEOUT=7200 $(run) $(wildcard tests/hagsgroup/test-*.sh)
	$(Q)HAGS_PROPERTY_FIRST=$(shell date +%s)0000000 HAGS_PROPERTY_RUNS=10000000 $(run) \
	        $(filter %-property,$(unit_tests))

soak: ## check-long again and again, until something fails or you stop it
	$(Q)while $(MAKE) check-long; do :; done; exit 1

asan: ## run the unit tests and replay the fuzz corpora under ASan and UBSan
	$(Q)$(sub_make) $(sanitized) unit-tests replays
	$(Q)$(run) $(asan_tests)

tsan_tests    = $(filter $(BUILD)/tests/unit/test-libha_gs-%,$(unit_tests))
client-tests: $(tsan_tests)
tsan: ## run the client library's tests under ThreadSanitizer
	$(Q)$(sub_make) BUILD=$(BUILD)/tsan SANITIZE=thread CFLAGS='-O1 -g' client-tests
	$(Q)$(run) $(tsan_tests:$(BUILD)/%=$(BUILD)/tsan/%)

FUZZ_SECONDS ?= 60
fuzz: ## run each fuzzer for FUZZ_SECONDS=60
	$(Q)tests/deps.sh build fuzz
	$(Q)$(sub_make) BUILD=$(BUILD)/fuzz CC=clang SANITIZE=fuzzer-no-link,address,undefined libfuzzers
	$(Q)FUZZ_SECONDS=$(FUZZ_SECONDS) TEST_TIMEOUT=86400 $(run) tests/fuzz/fuzz.sh

bench: ## measure; prints tables of ratios
	$(Q)tests/deps.sh build lab bench
	$(Q)$(sub_make) all test-tools sim
	$(Q)for b in tests/bench/*.sh; do BUILD=$(BUILD) $$b || exit; done

demo: ## see it work, on a throwaway node (as root)
	$(Q)tests/deps.sh build lab
	$(Q)$(sub_make) all samples
	$(Q)BUILD=$(BUILD) tests/demo.sh

deps: ## install what building and testing need from the distribution
	$(Q)tests/deps.sh

coverage: ## report which branches of the state machine and its events the tests take
	$(Q)tests/deps.sh build coverage
	$(Q)$(sub_make) BUILD=$(BUILD)/coverage CFLAGS='-O0 -g --coverage' LDFLAGS=--coverage sim core-tests
	$(Q)for t in $(core_tests:$(BUILD)/%=$(BUILD)/coverage/%); do $$t >$$t.log 2>&1 || exit; done
	$(Q)$(BUILD)/coverage/tests/sim/sim --seeds 1 3000 >/dev/null
	$(Q)gcovr --root . --object-directory $(BUILD)/coverage --filter 'src/core/.*' --filter 'src/wire/event.*' \
	        --branches --exclude-unreachable-branches

cppcheck: ## analyse with cppcheck
	$(Q)tests/deps.sh lint
	$(Q)cppcheck --quiet --error-exitcode=1 --enable=warning,performance --std=c11 --library=bsd \
	        --suppressions-list=tests/static/cppcheck-suppressions $(own_cppflags) src

tidy: ## analyse with clang-tidy
	$(Q)tests/deps.sh lint
	$(Q)clang-tidy --quiet $(wildcard src/*/*.c) -- $(own_cppflags) -Isrc/libha_gs -std=gnu17 $(lib_cflags)

.PHONY: man
man: ## write the error sections of man/*.3 anew, from man/ha_gs_errors.tbl
	$(Q)for page in man/*.3; do \
	        awk -f man/errors.awk man/ha_gs_errors.tbl $$page >$$page.new && mv $$page.new $$page || exit; \
	done

.PHONY: clean
clean: ## remove what was built
	rm -rf build build-*

.PHONY: help
help: ## list the targets
	@grep -E '^[a-z][a-z-]*:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14
	@echo 'Variables: V=1 verbose, WERROR=1, SANITIZE=address,undefined, BUILD=dir, DESTDIR, PREFIX, CC, CFLAGS'

-include $(shell find $(BUILD)/src $(BUILD)/pic $(BUILD)/tests -name '*.d' 2>/dev/null)
