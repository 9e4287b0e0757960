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
install: all; meson install -C build
# Meson removes what it has installed last.
uninstall: install; ninja -C build uninstall
.PHONY: all help demo test check asan ci bench bench-live bench-mcp soak random format lint clean install uninstall
