# SPDX-License-Identifier: Apache-2.0
#
# make            the four tools, in build/
# make check      unit and golden tests, assertions on (tests/run runs all)
# make lint       style, manuals: seconds
# make analyze    static analysis, clang: minutes
# make asan       everything again with sanitizers, and its tests
# make arm64      unit, golden and corpora for arm64, under qemu
# make tsan       unit and golden tests under ThreadSanitizer
# make torture    all tests in their long forms: hours
# make compile_commands.json    how each file is compiled, for editors
# make bench      the race against other people's tools, docs/performance.md
# make install    PREFIX=/usr/local DESTDIR=
#
# The lists below are the architecture: what each tool is made of.

VERSION = 0.1.0
BUILD   = build
PREFIX  = /usr/local

# What two or more tools share.
LIB = \
	base/backoff base/base64 base/bigtable_names base/buf base/calendar base/charset \
	base/clock base/crc32c base/dates base/err base/guard base/gzip \
	base/hex base/hmac base/io base/key_hash base/near base/number base/percent \
	base/secret base/sha256 base/share base/shell \
	base/sig base/thread base/utf8 base/zone base/zone_rule \
	cli/app cli/opt cli/progress cli/summary cli/usage cli/version \
	google/api_error google/cred google/cred_answer google/cred_file google/cred_grant \
	google/cred_metadata google/cred_post google/cred_subject \
	google/cred_token_file google/jwt \
	http/http http/http_call http/http_memory http/proxy http/tls \
	json/config json/jansson json/jload json/jsonw json/ptr json/scan \
	json/scan_fast json/scan_keys json/scan_plain json/scan_same \
	json/scan_shapes json/scan_text \
	report/metrics report/msg report/msg_limit report/waiting \
	stream/foreign stream/ndjson stream/proof stream/reject stream/stream stream/stream_out

# API -> NDJSON
FETCH = \
	api_words auth cookies counts cursor decode draft each exact exchange explain field file guess link login \
	loop main mark names options origin page paginate partial position probe queue quota rate \
	recording request response \
	retry seen signs source_options token trace unmatched verdict walk \
	source/budget source/redact source/rules source/source \
	source/source_file source/source_login source/source_read source/source_request source/source_vars source/spec source/template \
	source/places source/url source/window
FETCH_LIBS = libcurl jansson libssl libcrypto

# NDJSON <-> Cloud Storage
STAGE = \
	cat_uncommitted chain cmd_cat cmd_days cmd_filter cmd_ls cmd_mark \
	cmd_note cmd_put cmd_verify command emit fields job job_since \
	job_window ledger ledger_read ledger_run main manifest metadata options \
	part parts read_ahead reader receipt run_info split upload writer \
	store/file store/file_create store/gcs store/gcs_info store/gcs_read \
	store/gcs_request store/gcs_resume store/gcs_upload store/inner store/spool \
	store/store store/store_json store/store_open
# libcurl is loaded by lib/http/curl.c when it is a bucket.
STAGE_LIBS = jansson libssl libcrypto

# NDJSON -> mutations
TRANSFORM = \
	batch explain infer jobs key_report main options run sample sink \
	mapping/compile mapping/compile_checks mapping/compile_conditions \
	mapping/compile_maps mapping/compile_tables mapping/compile_values mapping/proofs mapping/equation \
	mapping/func mapping/path mapping/pattern mapping/pool \
	mapping/program mapping/refs \
	record/cell_size record/cells record/check record/condition \
	record/constants record/coverage record/direct record/dups \
	record/evaluate record/machine record/record \
	record/shared_rows record/small_equation record/texts record/typed \
	record/unique record/xml \
	value/decimal value/fiscal
TRANSFORM_LIBS = jansson

# mutations <-> Bigtable
LOAD = \
	cmd_apply cmd_create cmd_diff cmd_ls cmd_scan code gc_json schema_watch main \
	mutation named options output ranges results row row_diff \
	row_line row_print schema schema_read target_open uri \
	bigtable/answer bigtable/batch bigtable/bigtable bigtable/bt_admin \
	bigtable/bt_filter bigtable/bt_gc bigtable/bt_instance \
	bigtable/bt_read bigtable/busy_rows bigtable/channels bigtable/chunks \
	bigtable/headers bigtable/lines bigtable/queue bigtable/rate_limit \
	bigtable/retry bigtable/retry_info bigtable/rpc bigtable/sender \
	bigtable/verdict bigtable/wire \
	sqlite/sqlite sqlite/sqlite_db sqlite/sqlite_file sqlite/sqlite_read \
	sqlite/sqlite_sort sqlite/sqlite_view sqlite/sqlite_write
LOAD_PROTO = status bigtable admin
# libcurl is loaded by lib/http/curl.c when a token is fetched.
LOAD_LIBS  = grpc libprotobuf-c jansson libssl libcrypto sqlite3

# How things are built.

CC        = gcc
PROTOC_C  = protoc-c
PKGCONFIG = pkg-config
OPT       = -O2 -g
SANITIZE  =
# Assertions are off in what is installed, on in what is only tested.
NDEBUG    = $(if $(SANITIZE),,-DNDEBUG)

try = $(shell echo 'int main(void){return 0;}' | \
	$(CC) -Werror $(1) -x c - -o /dev/null 2>/dev/null && echo '$(1)')

WARN   = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
	 -Wmissing-prototypes -Wpointer-arith -Wformat=2 -Wvla
HARDEN := $(call try,-fstack-protector-strong) \
	  $(call try,-fstack-clash-protection) \
	  $(call try,-fcf-protection) \
	  $(call try,-ftrivial-auto-var-init=zero)
ifeq ($(SANITIZE),)
HARDEN += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
endif
CPPFLAGS = -I. -I$(BUILD)/gen -D_GNU_SOURCE -DNF_VERSION='"$(VERSION)"' \
	   $(NDEBUG)
# Where it was built is nobody's business, and no two builds differ by it.
PREFIX_MAP = -ffile-prefix-map=$(CURDIR)=. \
	     -ffile-prefix-map=$(abspath $(BUILD))=build
CFLAGS   = -std=gnu11 $(OPT) $(WARN) $(HARDEN) -fPIE -fvisibility=hidden \
	   $(PREFIX_MAP) \
	   -fno-strict-aliasing -pthread $(SANITIZE) $(WARN_MORE) $(WERROR)
LDFLAGS  = -pie -pthread $(SANITIZE) -Wl,-z,relro,-z,now,-z,noexecstack \
	   -Wl,--as-needed

PKGS    = libcurl jansson libssl libcrypto libprotobuf-c sqlite3
CPPFLAGS := $(CPPFLAGS) $(shell $(PKGCONFIG) --cflags $(PKGS))
# grpc.pc takes a second to name what libgrpc.so knows by itself.
libs    = $(shell $(PKGCONFIG) --libs $(filter-out grpc,$(1))) \
	  $(if $(filter grpc,$(1)),-lgrpc -lgpr)

# gRPC's 45 shared libraries are half of what nf-load needs to start, so its
# archives are linked where they are and fit; GRPC=shared leaves them out.
GRPC      = $(if $(SANITIZE),shared,static)
GRPC_DIR := $(dir $(shell $(CC) -print-file-name=libgrpc.a))
ARCHIVES  = $(wildcard $(addprefix $(GRPC_DIR)lib,grpc.a gpr.a \
	    address_sorting.a re2.a upb.a absl_*.a))
ifeq ($(GRPC)$(GRPC_DIR),static./)
override GRPC = shared
endif
STATIC    = -Wl,--start-group $(ARCHIVES) -Wl,--end-group -lcares -lz -lstdc++ \
	    -lm

TOOLS = nf-fetch nf-stage nf-transform nf-load
BINS  = $(foreach t,fetch stage transform load,$(if $(wildcard $t/main.c),$(BUILD)/nf-$t))
obj   = $(patsubst %,$(BUILD)/$(1)/%.o,$(2))

GEN_C  = $(LOAD_PROTO:%=$(BUILD)/gen/load/bigtable/%.pb-c.c)
LIB_A  = $(BUILD)/libnf.a

FETCH_O     = $(call obj,fetch,$(FETCH))
STAGE_O     = $(call obj,stage,$(STAGE)) $(BUILD)/lib/http/curl.o
TRANSFORM_O = $(call obj,transform,$(TRANSFORM))
LOAD_O      = $(call obj,load,$(LOAD)) $(GEN_C:.c=.o) $(BUILD)/lib/http/curl.o

.PHONY: all check checked lint analyze asan install uninstall clean
all: $(BINS) $(BUILD)/nf-pipeline

# So that a folder on PATH has all five.
$(BUILD)/nf-pipeline:
	@mkdir -p $(@D)
	ln -sf $(CURDIR)/pipeline.sh $@

$(LIB_A): $(call obj,lib,$(LIB))
	rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/nf-fetch: $(FETCH_O) $(LIB_A)
	$(CC) $(LDFLAGS) -o $@ $^ $(call libs,$(FETCH_LIBS)) -lisal
$(BUILD)/nf-stage: $(STAGE_O) $(LIB_A)
	$(CC) $(LDFLAGS) -o $@ $^ $(call libs,$(STAGE_LIBS)) -lisal
$(BUILD)/nf-transform: $(TRANSFORM_O) $(LIB_A)
	$(CC) $(LDFLAGS) -o $@ $^ $(call libs,$(TRANSFORM_LIBS)) -lisal
$(BUILD)/nf-load: $(LOAD_O) $(LIB_A)
ifeq ($(GRPC),static)
	$(CC) $(LDFLAGS) -o $@ $^ $(call libs,$(filter-out grpc,$(LOAD_LIBS))) \
	    -lisal $(STATIC) 2> /dev/null || \
	    $(CC) $(LDFLAGS) -o $@ $^ $(call libs,$(LOAD_LIBS)) -lisal
else
	$(CC) $(LDFLAGS) -o $@ $^ $(call libs,$(LOAD_LIBS)) -lisal
endif

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The commit, for --version; written when it is another.
.PHONY: FORCE
$(BUILD)/gen/commit.h: FORCE
	@mkdir -p $(@D)
	@c=$$(git -C $(CURDIR) rev-parse --short=12 HEAD 2>/dev/null); \
	[ -e $(CURDIR)/.git ] || c=; \
	echo "#define NF_COMMIT \"$$c\"" | cmp -s - $@ || \
	    echo "#define NF_COMMIT \"$$c\"" > $@
$(BUILD)/lib/cli/version.o: $(BUILD)/gen/commit.h
$(BUILD)/lib/cli/version.o: CPPFLAGS += -include $(BUILD)/gen/commit.h

# Generated code is not held to our warnings.
$(BUILD)/gen/load/bigtable/%.pb-c.c: load/bigtable/proto/%.proto
	@mkdir -p $(@D)
	$(PROTOC_C) --proto_path=load/bigtable/proto --c_out=$(@D) $<
$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -w -c -o $@ $<
$(LOAD_O): | $(GEN_C)
$(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/unit/test_load_*.c tests/fuzz/fuzz_load_*.c)): \
	| $(GEN_C)
.PHONY: generated
generated: $(GEN_C)

# A unit test is one file linked with libnf.a and, for test_TOOL_MODULE.c,
# with the tool's objects but main.o.
UNIT  = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
nomain = $(filter-out %/main.o,$(1))
$(BUILD)/unit/test_fetch_%: $(BUILD)/tests/unit/test_fetch_%.o $(FETCH_O) $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $(call nomain,$^) $(call libs,$(FETCH_LIBS)) -lisal
$(BUILD)/unit/test_stage_%: $(BUILD)/tests/unit/test_stage_%.o $(STAGE_O) $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $(call nomain,$^) $(call libs,$(STAGE_LIBS)) -lisal
$(BUILD)/unit/test_transform_%: $(BUILD)/tests/unit/test_transform_%.o $(TRANSFORM_O) $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $(call nomain,$^) $(call libs,$(TRANSFORM_LIBS)) -lisal
$(BUILD)/unit/test_load_%: $(BUILD)/tests/unit/test_load_%.o $(LOAD_O) $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $(call nomain,$^) $(call libs,$(LOAD_LIBS)) -lisal
$(BUILD)/unit/test_%: $(BUILD)/tests/unit/test_%.o $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(call libs,libcurl jansson libssl libcrypto) -lisal
.PHONY: unit
unit: $(UNIT)
.SECONDARY:

# A fuzz target is one file linked as a unit test is, but with archives, so
# that what it defines itself takes a module's place.  It runs the files that
# it is given; FUZZER=-fsanitize=fuzzer makes one that invents them.
FUZZER    =
FUZZ      = $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_MAIN = $(if $(FUZZER),,$(BUILD)/tests/fuzz/main.o)
FUZZ_LINK = $(CC) $(LDFLAGS) $(FUZZER) -o $@ $^
$(BUILD)/fuzz/libfetch.a: $(call nomain,$(FETCH_O))
$(BUILD)/fuzz/libstage.a: $(call nomain,$(STAGE_O))
$(BUILD)/fuzz/libtransform.a: $(call nomain,$(TRANSFORM_O))
$(BUILD)/fuzz/libload.a: $(call nomain,$(LOAD_O))
$(BUILD)/fuzz/lib%.a:
	@mkdir -p $(@D)
	rm -f $@
	$(AR) rcs $@ $^
$(BUILD)/fuzz/fuzz_fetch_%: $(BUILD)/tests/fuzz/fuzz_fetch_%.o $(FUZZ_MAIN) $(BUILD)/fuzz/libfetch.a $(LIB_A)
	$(FUZZ_LINK) $(call libs,$(FETCH_LIBS)) -lisal
$(BUILD)/fuzz/fuzz_stage_%: $(BUILD)/tests/fuzz/fuzz_stage_%.o $(FUZZ_MAIN) $(BUILD)/fuzz/libstage.a $(LIB_A)
	$(FUZZ_LINK) $(call libs,$(STAGE_LIBS)) -lisal
$(BUILD)/fuzz/fuzz_transform_%: $(BUILD)/tests/fuzz/fuzz_transform_%.o $(FUZZ_MAIN) $(BUILD)/fuzz/libtransform.a $(LIB_A)
	$(FUZZ_LINK) $(call libs,$(TRANSFORM_LIBS)) -lisal
$(BUILD)/fuzz/fuzz_load_%: $(BUILD)/tests/fuzz/fuzz_load_%.o $(FUZZ_MAIN) $(BUILD)/fuzz/libload.a $(LIB_A)
	$(FUZZ_LINK) $(call libs,$(LOAD_LIBS)) -lisal
$(BUILD)/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(FUZZ_MAIN) $(LIB_A)
	@mkdir -p $(@D)
	$(FUZZ_LINK) $(call libs,libcurl jansson libssl libcrypto) -lisal -lz
.PHONY: fuzz fuzz-targets
fuzz-targets: $(FUZZ)
fuzz:
	tests/fuzz/run

check:
	$(MAKE) BUILD=build-check NDEBUG= checked
# The fuzz targets are built, so that they know the modules as they are.
checked: all unit fuzz-targets
	BUILD=$(BUILD) tests/check

lint:
	tests/lint
analyze:
	tests/analyze

asan:
	$(MAKE) BUILD=build-asan OPT='-O1 -g' \
		SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all' checked

# What clangd and clang-tidy read.
compile_commands.json: Makefile
	$(MAKE) -Bns BUILD=build-check NDEBUG= all unit | jq -nR --arg d '$(CURDIR)' \
		'[inputs | select(test(" -c -o ")) | {directory: $$d, command: ., file: (split(" ") | last)}]' > $@

# Unit and golden tests under ThreadSanitizer; with NF_BUILD=build-tsan the
# end-to-end tests use these tools (those that measure memory then fail).
.PHONY: tsan
tsan:
	$(MAKE) BUILD=build-tsan OPT='-O1 -g' SANITIZE=-fsanitize=thread \
		all unit
	BUILD=build-tsan tests/check

# Built for arm64 in a Debian of its own, which needs root and debootstrap.
.PHONY: arm64
arm64:
	tests/arm64

# Which code the tests reach; a run takes a quarter of an hour.
.PHONY: coverage
coverage:
	tests/coverage

# Half an hour of fuzzing for each target, or NF_FUZZ_SECONDS.
.PHONY: torture
torture:
	NF_TORTURE=full NF_FUZZ_SECONDS=$${NF_FUZZ_SECONDS:-1800} tests/run

# The race against other people's tools; tests/bench/run says more.
.PHONY: bench bench-quick bench-setup
bench-setup: all
	tests/bench/setup
bench: bench-setup
	tests/bench/run
bench-quick: bench-setup
	tests/bench/run --quick

DOCDIR  = $(PREFIX)/share/doc/nf-tools
DOCS    = $(wildcard README*.md SECURITY.md CHANGELOG.md LICENSE docs/*.md \
	  docs/*.svg docs/*.png docs/*/*.md docs/*/*.svg)
BASHDIR = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSHDIR  = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
FISHDIR = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/nf-tools/mappings
	install -d $(DESTDIR)$(PREFIX)/share/nf-tools/pipeline
	install -m 755 $(BINS) $(DESTDIR)$(PREFIX)/bin
	install -m 755 pipeline.sh $(DESTDIR)$(PREFIX)/bin/nf-pipeline
	install -m 644 mappings/*.json $(DESTDIR)$(PREFIX)/share/nf-tools/mappings
	install -d $(DESTDIR)$(PREFIX)/share/nf-tools/samples
	install -m 644 mappings/samples/* $(DESTDIR)$(PREFIX)/share/nf-tools/samples
	@for f in $(DOCS); do \
		install -d $(DESTDIR)$(DOCDIR)/$$(dirname $$f); \
		install -m 644 $$f $(DESTDIR)$(DOCDIR)/$$f; done
	install -m 644 pipeline/* $(DESTDIR)$(PREFIX)/share/nf-tools/pipeline
	for m in man/*.[157]; do s=$${m##*.}; \
		install -d $(DESTDIR)$(PREFIX)/share/man/man$$s; \
		install -m 644 $$m $(DESTDIR)$(PREFIX)/share/man/man$$s; done
	install -d $(BASHDIR) $(ZSHDIR) $(FISHDIR)
	install -m 644 completion/_nf $(ZSHDIR)
	for t in $(TOOLS) nf-pipeline; do \
		install -m 644 completion/nf.bash $(BASHDIR)/$$t; \
		install -m 644 completion/nf.fish $(FISHDIR)/$$t.fish; done
uninstall:
	rm -f $(TOOLS:%=$(DESTDIR)$(PREFIX)/bin/%) $(DESTDIR)$(PREFIX)/bin/nf-pipeline
	rm -rf $(DESTDIR)$(PREFIX)/share/nf-tools $(DESTDIR)$(DOCDIR)
	for m in man/*.[157]; do \
		rm -f $(DESTDIR)$(PREFIX)/share/man/man$${m##*.}/$${m##*/}; done
	rm -f $(ZSHDIR)/_nf
	for t in $(TOOLS) nf-pipeline; do \
		rm -f $(BASHDIR)/$$t $(FISHDIR)/$$t.fish; done

clean:
	rm -rf build build-asan build-check build-clang build-cov build-fuzz \
		build-lint build-tsan compile_commands.json

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# What is installed elsewhere, see deploy/bundle: an archive of the tools with
# all they need, and the same as a Python wheel and as a function's source; a
# container image, see deploy/image; a package for this Debian, see deploy/deb;
# and the source.
.PHONY: bundle wheel image deb dist release
bundle: all
	python3 -B deploy/bundle/bundle.py $(BUILD) $(VERSION)
wheel: bundle
	python3 -B deploy/bundle/wheel.py $(BUILD) $(VERSION)
image: bundle
	python3 -B deploy/image/image.py $(BUILD) $(VERSION)
dist:
	deploy/release/dist $(BUILD) $(VERSION)
deb: all dist
	deploy/deb/deb $(BUILD) $(VERSION)
release: bundle wheel image deb dist
	deploy/release/release $(BUILD) $(VERSION)
