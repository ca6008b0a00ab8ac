#!/bin/sh
# Installs what the tests need and is missing: a C compiler for the race detector, Chromium and a Chinese font for the
# browser tests. Debian and Ubuntu, as root or with sudo that asks for no password. Elsewhere, and on Ubuntu where chromium is a snap that tests cannot start, the
# browser tests skip themselves and say so.
set -eu

missing=''
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ||
	command -v google-chrome >/dev/null 2>&1 || missing='chromium'
if ! command -v fc-list >/dev/null 2>&1 || [ -z "$(fc-list :lang=zh family 2>/dev/null)" ]; then
	missing="$missing fontconfig fonts-noto-cjk"
fi
command -v gcc >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
if [ -z "$missing" ]; then
	exit 0
fi

if ! command -v apt-get >/dev/null 2>&1; then
	echo "test-deps: install $missing by hand; without them the browser tests are skipped and races go unseen" >&2
	exit 0
fi
sudo=''
if [ "$(id -u)" -ne 0 ]; then
	if ! sudo -n true 2>/dev/null; then
		echo "test-deps: run 'sudo apt-get install $missing'; without them the browser tests are skipped and races go unseen" >&2
		exit 0
	fi
	sudo='sudo -n'
fi

echo "test-deps: installing $missing" >&2
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # both are lists of words
{
	$sudo apt-get update -qq
	$sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
