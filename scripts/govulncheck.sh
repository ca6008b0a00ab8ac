#!/bin/sh
# Looks for known vulnerabilities in the code that is really called. A machine that does not reach the vulnerability
# database says so and goes on; a finding (exit status 3) stops the build.
go run "$1" ./... || {
	status=$?
	[ "$status" -eq 3 ] && exit 3
	echo "govulncheck: the vulnerability database could not be read; not checked on this machine" >&2
}
