# A front for people used to make; the work is done by the scripts and Meson.
all:; tools/build build
help:; @sed -n '/^help/d; s/^\([a-z][a-z -]*\):;* *\(all; *\|install; *\)*/make \1: /p' Makefile
demo:; ./demo.sh
test check:; ./test.sh
asan:; ./test.sh --asan
ci:; .ci/run
# make soak SEEDS=1-1000
SEEDS = 1-100
soak: all; OUTGROW=build/installed/usr/local/bin/outgrow tests/live/soak.py --seeds $(SEEDS)
# make random SEEDS=1-1000
random: all; OUTGROW=build/installed/usr/local/bin/outgrow tests/random/run.py --seeds $(SEEDS)
bench-live: all; OUTGROW=build/installed/usr/local/bin/outgrow bench/live/live.py
bench-mcp: all; OUTGROW=build/installed/usr/local/bin/outgrow bench/mcp/calls.py
bench: all; bench/bench.py --build build --markdown $(if $(SETS),--sets "$(SETS)") $(BENCH)
format:; tools/check-format --fix
lint:; CC=clang tools/build build-clang
	tools/check-tidy build-clang
clean:; rm -rf build build-*
# Meson's list of what it has installed is written anew by every build: that of make install is kept beside it.
LIST = build/meson-logs/install-log.txt
install: all; meson install -C build && cp $(LIST) $(LIST).kept
uninstall:; @test -f $(LIST).kept || { echo "make install has installed nothing from here" >&2; exit 1; }; \
	cp $(LIST).kept $(LIST) && ninja -C build uninstall && rm $(LIST).kept
.PHONY: all help demo test check asan ci bench bench-live bench-mcp soak random format lint clean install uninstall
