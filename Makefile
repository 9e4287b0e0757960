# A front for people used to make; the work is done by the scripts and Meson.
all:; tools/build build
demo:; ./demo.sh
test check:; ./test.sh
asan:; ./test.sh --asan
ci:; .ci/run
bench: all; bench/bench.py --build build --markdown $(if $(SETS),--sets "$(SETS)") $(BENCH)
format:; tools/check-format --fix
clean:; rm -rf build build-*
install: all; meson install -C build
.PHONY: all demo test check asan ci bench format clean install
