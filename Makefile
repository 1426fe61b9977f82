# make          build into build/; installs nothing
# make run      install what is missing, build, and show one TLS 1.3 handshake explained
# make test     install what is missing, build, and run every test
# make docs     draw the state diagrams from the tables
# make interop  run the matrix of other people's TLS in Debian 12 and 13 (root; makes the systems
#               once, about 5 GB; INTEROP_OPTIONS="--only nginx" and the like); docs/interop.md
# make fuzz     run every fuzzer for FUZZ_SECONDS each (clang, libFuzzer)
# make bench    measure handfast beside OpenSSL and GnuTLS, and write docs/bench (some minutes;
#               BENCH_OPTIONS="--rounds 9 --seconds 2")
# make clean
BUILD ?= build
CC ?= cc
FUZZ_SECONDS ?= 30
MESON_OPTIONS ?=

# The folder of test data; without it the tests that need it count themselves as skipped.
ifneq ($(wildcard ../shared/data),)
HANDFAST_TEST_DATA ?= $(abspath ../shared/data)
endif
ifneq ($(HANDFAST_TEST_DATA),)
export HANDFAST_TEST_DATA
else
unexport HANDFAST_TEST_DATA
endif

all: $(BUILD)/build.ninja
	@tools/sources
	ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@tools/sources
	CC=$(CC) meson setup $(MESON_OPTIONS) $(BUILD)

# In order, whatever -j says.
run:
	@tools/install-deps build
	@$(MAKE) --no-print-directory all
	@tools/run-demo $(BUILD)

test:
	@tools/install-deps build test
	@$(MAKE) --no-print-directory all
	@tests/run --build $(BUILD) $(TEST_OPTIONS)

docs: all
	tools/draw-tables $(BUILD)

interop:
	@tools/install-deps interop
	@tests/interop/matrix/run --document docs/interop.md $(INTEROP_OPTIONS)

fuzz:
	@tools/install-deps build fuzz
	@$(MAKE) --no-print-directory all BUILD=build-fuzz CC=clang \
		MESON_OPTIONS="-Dfuzz=true -Dsanitize=address,undefined"
	@tests/run --build build-fuzz --only fuzz --fuzz-seconds $(FUZZ_SECONDS)

bench:
	@tools/install-deps build bench
	@$(MAKE) --no-print-directory all
	@bench/run --build $(BUILD) $(BENCH_OPTIONS)

clean:
	rm -rf $(BUILD) build-*

.PHONY: all run test docs interop fuzz bench clean
