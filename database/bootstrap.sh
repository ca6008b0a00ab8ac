#!/bin/sh
# bootstrap.sh system|private MAJOR PREFIX - PostgreSQL 15+ with pgvector 0.8+ on Debian and Ubuntu.
#
# system   needs root; installs packages. private needs no root and writes only PREFIX, a
#          relocatable tree. MAJOR: the PostgreSQL major version wanted, or "" for the
#          distribution's (system: the newest that is installed already).
# The pgvector package is the distribution's; a release that has none, or one below 0.8.0, gets it
# built from the signed source package of its next release.
# Idempotent. Chinese progress lines on stdout, the details on stderr.
set -eu
MODE=$1 MAJOR=$2 PREFIX=$3
MIN_MAJOR=15 MIN_VECTOR=0.8.0
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8
unset LANGUAGE
exec 3>&1 1>&2
say() { printf '%s\n' "$*" >&3; }
fail() { printf '错误：%s\n' "$*" >&3; exit 3; }
has() { command -v "$1" >/dev/null 2>&1; }

has apt-get && has dpkg-deb || fail "本机没有 apt，不能自动安装"
case ${TMPDIR:-} in *[[:space:]]*) unset TMPDIR ;; esac # make cannot work in a path with spaces
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
trap 'exit 130' HUP INT TERM
cd "$T"

# ---- one at a time; the second one finds the work done ----
if [ "$MODE" = system ]; then
	[ "$(id -u)" = 0 ] || fail "安装软件包需要 root 权限"
	LOCK=/run/lock/xiaohe-bootstrap ROOT=
else
	LOCK=$PREFIX.lock ROOT=$PREFIX
	mkdir -p "$(dirname "$PREFIX")"
fi
exec 9>"$LOCK"
flock 9
for control in "$ROOT"/usr/share/postgresql/*/extension/vector.control; do
	major=${control%/extension/*} major=${major##*/}
	[ -f "$control" ] && [ "$major" -ge $MIN_MAJOR ] && [ "${MAJOR:-$major}" = "$major" ] || continue
	version=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" "$control")
	dpkg --compare-versions "$version" ge $MIN_VECTOR && [ -x "$ROOT/usr/lib/postgresql/$major/bin/postgres" ] || continue
	say "PostgreSQL $major 和 pgvector $version 已就绪"
	exit 0
done

# ---- apt: the machine's own sources. In private mode its lists and caches live in $T. ----
export APT_CONFIG=$T/apt.conf
# apt refuses to drop privileges into a directory that its own user cannot enter
echo "APT::Sandbox::User \"$(id -un)\"; DPkg::Lock::Timeout \"300\"; Acquire::Retries \"3\"; Acquire::Languages \"none\";" >"$APT_CONFIG"
private_lists() { # DIR: what apt reads and writes from now on is in DIR
	mkdir -p "$1/sources" "$1/lists/partial" "$1/cache/archives/partial"
	cat >>"$APT_CONFIG" <<-EOF
	Dir::Etc::SourceList "/dev/null"; Dir::Etc::SourceParts "$1/sources";
	Dir::State::Lists "$1/lists"; Dir::Cache "$1/cache";
	Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
	EOF
}
if [ "$MODE" = private ]; then
	private_lists "$T/own"
	for f in /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list; do
		[ ! -r "$f" ] || cp "$f" own/sources/
	done
	[ ! -s /etc/apt/sources.list ] || cp /etc/apt/sources.list own/sources/main.list
fi
say "正在更新软件包列表…"
# one broken source of many must not stop us: what is missing shows below
apt-get -q update || say "部分软件源更新失败，继续尝试"

candidate() { apt-cache policy "$1" | sed -n 's/^ *Candidate: *//p' | grep -v '(none)' || :; }

# ---- which PostgreSQL ----
M=$MAJOR
if [ -z "$M" ] && [ "$MODE" = system ]; then
	M=$(ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null | sed 's|.*/postgresql/\([0-9]*\)/.*|\1|' | sort -n | tail -1)
	[ "${M:-0}" -ge $MIN_MAJOR ] || M=
fi
[ -n "$M" ] || M=$(apt-cache depends postgresql | sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -1)
[ -n "$M" ] || fail "软件源里没有 PostgreSQL，请检查网络和 /etc/apt 的软件源设置"
[ "$M" -ge $MIN_MAJOR ] || fail "软件源里的 PostgreSQL 是 $M，需要 $MIN_MAJOR 或更新的版本"
[ -x "/usr/lib/postgresql/$M/bin/postgres" ] || [ -n "$(candidate "postgresql-$M")" ] || fail "软件源里没有 PostgreSQL $M"
VECTOR=postgresql-$M-pgvector
packaged=$(candidate "$VECTOR")
if [ -n "$packaged" ] && ! dpkg --compare-versions "$packaged" ge $MIN_VECTOR; then packaged=; fi

# ---- parts of both modes ----
compiler() { has make && printf '#include <stdio.h>\n' | gcc -E - >/dev/null 2>&1; }

unpack_headers() { # VERSION: unpacked, not installed: the package pulls in clang and upgrades the server
	apt-get -q download "postgresql-server-dev-$M=$1" || apt-get -q download "postgresql-server-dev-$M"
	dpkg-deb -x "$(ls postgresql-server-dev-"$M"_*.deb)" hdr
}

next_release() {
	. /etc/os-release
	case "${UBUNTU_CODENAME:-${DEBIAN_CODENAME:-${VERSION_CODENAME:-}}}" in
	bookworm) echo trixie ;;
	noble) echo resolute questing ;;
	*) echo stable ;;
	esac
}

fetch_source() { # pgvector's source into $T/src, verified against the next release's signed index
	. /etc/os-release
	code=${UBUNTU_CODENAME:-${DEBIAN_CODENAME:-${VERSION_CODENAME:-}}}
	mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(SUITE)' | grep -vE -- '-(updates|security|backports)$' | sort -u |
		awk -v c="$code" '$2 == c { print $1; exit }')
	[ -n "$mirror" ] || fail "在 apt 的软件源里找不到 $code 的镜像"
	part=main key=debian
	if [ -n "${UBUNTU_CODENAME:-}" ]; then part=universe key=ubuntu; fi
	private_lists "$T/next"
	for suite in $(next_release); do
		printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: %s\nSigned-By: /usr/share/keyrings/%s-archive-keyring.gpg\n' \
			"$mirror" "$suite" "$part" "$key" >"$T/next/sources/next.sources"
		apt-get -q update && apt-get -q source --download-only pgvector && break
	done
	tarball=$(ls pgvector_*.orig.tar.* 2>/dev/null | grep -v '\.asc$' | tail -1)
	[ -n "$tarball" ] || fail "下载 pgvector 源码失败，请检查网络"
	V=${tarball#pgvector_} V=${V%.orig.tar.*}
	dpkg --compare-versions "$V" ge $MIN_VECTOR || fail "能找到的 pgvector 是 $V，需要 $MIN_VECTOR 或更新的版本"
	mkdir src && tar xf "$tarball" --strip-components=1 -C src
}

build() { # BIN INCLUDE-SERVER: plain code for any machine of this architecture, no LLVM bitcode
	say "正在编译 pgvector $V…"
	make -s -C src -j"$(nproc)" PG_CONFIG="$1/pg_config" with_llvm=no OPTFLAGS= includedir_server="$2"
	strip --strip-unneeded src/vector.so
}

install_built() { # LIBDIR SHAREDIR: the control file last, since it is what says that pgvector is there
	install -d "$1" "$2/extension"
	install -m 755 src/vector.so "$1/"
	install -m 644 src/sql/vector--*.sql "$2/extension/"
	install -m 644 src/vector.control "$2/extension/"
}

system() {
	BIN=/usr/lib/postgresql/$M/bin
	need=
	[ -x "$BIN/postgres" ] && [ -x "$BIN/pg_dump" ] || need="postgresql-$M"
	[ -z "$packaged" ] || need="$need $VECTOR"
	[ -n "$packaged" ] || compiler || need="$need gcc libc6-dev make"
	if [ -n "$need" ]; then
		say "正在安装 $(echo $need)…"
		# without this the server package creates and starts a cluster of its own on port 5432
		if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
			mkdir -p /etc/postgresql-common
			echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
		fi
		apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold install $need </dev/null 9>&-
	fi
	if [ -z "$packaged" ]; then
		say "正在下载 pgvector 源码…"
		unpack_headers "$(dpkg-query -W -f '${Version}' "postgresql-$M")"
		fetch_source
		build "$BIN" "$T/hdr/usr/include/postgresql/$M/server"
		install_built "/usr/lib/postgresql/$M/lib" "/usr/share/postgresql/$M"
	fi
}

private() {
	[ -n "$packaged" ] || compiler ||
		fail "没有管理员权限时需要 gcc 和 make 来编译 pgvector。请管理员执行：apt-get install -y gcc libc6-dev make"
	say "没有管理员权限：正在下载 PostgreSQL $M 到 $PREFIX…"
	NEW=$PREFIX.new
	rm -rf "$NEW"
	case $NEW in *[[:space:]]*) NEW=$T/tree ;; esac
	mkdir -p "$NEW"
	# what this machine lacks of the server's dependencies, without what only its packaging or JIT needs
	apt-get -q install --no-install-recommends -y --print-uris "postgresql-$M" 2>/dev/null | sed -n "s/^'[^']*' \([^_ ]*\)_.*/\1/p" |
		grep -vE '^(postgresql-common.*|postgresql-client-common|ssl-cert|adduser|perl.*|libperl.*|lib.*-perl|libllvm.*|libz3-.*|sysvinit-utils|locales.*|libc-l10n|netbase)$' >want || :
	printf '%s\n' "postgresql-$M" "postgresql-client-$M" libpq5 >>want
	[ -z "$packaged" ] || echo "$VECTOR" >>want
	mkdir debs
	(cd debs && sort -u ../want | xargs apt-get -q download)
	for deb in debs/*.deb; do dpkg-deb -x "$deb" "$NEW"; done
	if [ -z "$packaged" ]; then
		B=$NEW/usr/lib/postgresql/$M
		unpack_headers "$(dpkg-deb -f "$(ls debs/postgresql-"$M"_*.deb)" Version)"
		fetch_source
		build "$B/bin" "$T/hdr/usr/include/postgresql/$M/server"
		install_built "$B/lib" "$NEW/usr/share/postgresql/$M"
	fi
	[ "$NEW" = "$PREFIX.new" ] || mv "$NEW" "$PREFIX.new"
	rm -rf "$PREFIX" && mv "$PREFIX.new" "$PREFIX"
}

"$MODE"
say "PostgreSQL $M 和 pgvector ${packaged:-$V} 已就绪"
