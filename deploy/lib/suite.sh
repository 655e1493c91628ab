# shellcheck shell=bash
# suite.sh - packages of other Debian suites, without touching this machine.
#
# A blue-green migration is tested with servers that no single Debian release
# carries. So each suite gets a private apt root below build/apt: its own list
# of sources on the mirror that this machine uses anyway, its own lists, cache
# and (empty) package status. apt checks Debian's signatures and the checksums
# as ever; what it fetches is unpacked into a folder and never installed.
#
# Source this file; it needs bash and apt. Messages go to stderr.
#   suite_unpack SUITE DEST PKG...   binary packages -> unpacked below DEST
#   suite_closure SUITE PKG...       prints PKG... and all that they depend on
#   suite_source SUITE PKG DEST      a package's upstream source -> DEST
# BLUEGREEN_MIRROR=URI names a Debian mirror instead of this machine's own.

repo=$(cd -- "${BASH_SOURCE[0]%/*}/../.." && pwd)
suite_home=$repo/build/apt
suite_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# die CODE MESSAGE...: the caller's last words.
die() { say "${*:2}" && exit "$1"; }

# usage: the head comment of the script itself, less its shebang.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }

as_root() {
  if ((EUID == 0)); then
    "$@"
  else
    command -v sudo >/dev/null || die 1 "needs root or sudo for: $*"
    sudo -- "$@"
  fi
}

# only_one NAME: a second run waits here until the first is done.
only_one() { mkdir -p "$repo/build" && exec 9>"$repo/build/.$1.lock" && flock 9; }

# retry COMMAND...: three tries. Bash ignores `set -e` in what it calls, so
# the functions given to it chain their steps with &&.
retry() {
  local try
  for try in 1 2 3; do
    "$@" && return
    say "try $try of 3 failed: $*" && sleep "$try"
  done
  return 1
}

# The main archive's URI as this machine's own apt has it, or nothing.
# Third-party, security, updates and backports sources have another origin,
# label or codename.
suite_own_archive() {
  local codename
  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && printf %s "${VERSION_CODENAME:-}")
  # shellcheck disable=SC2016 # apt expands it
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
    'Origin: Debian' 'Label: Debian' 'Component: main' "Codename: $codename" |
    sed -n 1p
}

suite_mirror() {
  local uri=${BLUEGREEN_MIRROR:-$(suite_own_archive)}
  if [[ ! $uri ]]; then
    # Origin and codename come from the lists, which a fresh machine lacks.
    say 'this machine has no package lists yet: apt-get update'
    as_root apt-get -qq update >&2
    uri=$(suite_own_archive)
  fi
  [[ $uri ]] || die 3 'apt here knows no Debian archive: set BLUEGREEN_MIRROR to the URI of a mirror'
  printf '%s\n' "$uri"
}

# suite_apt SUITE deb|deb-src ARGUMENT...: apt-get in a private root.
suite_apt() { apt-get -qq -c "$suite_home/$1/$2/apt.conf" "${@:3}"; }

# suite_root SUITE deb|deb-src MIRROR: writes the private root's settings. They
# are read after the machine's (whose proxy stays good) and win over them. With
# its sandbox apt, run by root, would fetch as a user who may not write here.
suite_root() {
  local root=$suite_home/$1/$2 options
  options="signed-by=$suite_keyring arch=$(dpkg --print-architecture) target=Packages,Sources"
  mkdir -p "$root"/{lists,cache,state} && : >"$root/status" &&
    echo "$2 [$options] $3 $1 main" >"$root/sources.list" &&
    cat >"$root/apt.conf" <<END
Dir::State "$root/state";
Dir::State::lists "$root/lists";
Dir::State::status "$root/status";
Dir::Cache "$root/cache";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Etc::SourceList "$root/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
APT::Default-Release "";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
APT::Update::Error-Mode "any";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Acquire::Languages "none";
END
}

# suite_prepare SUITE [deb|deb-src]: a private root with lists of today.
suite_prepare() {
  local mirror kind=${2:-deb} fresh=$suite_home/$1/${2:-deb}/fresh
  [[ ! $(find "$fresh" -mmin -1440 2>/dev/null) ]] || return 0
  [[ -r $suite_keyring ]] || die 3 "install debian-archive-keyring: there is no $suite_keyring"
  mirror=$(suite_mirror) || exit
  say "fetching the package lists of Debian $1 ($kind)"
  suite_root "$1" "$kind" "$mirror" &&
    suite_apt "$1" "$kind" update >&2 && touch "$fresh"
}

# suite_fetch SUITE deb|deb-src ARGUMENT...: runs apt-get's download or source;
# got/ then holds what it fetched and nothing else.
suite_fetch() {
  local root=$suite_home/$1/$2
  rm -rf "$root/got" && mkdir -p "$root/got" && suite_prepare "$1" "$2" &&
    (cd "$root/got" && suite_apt "$@" >&2) && return
  rm -f "$root/fresh" # a package that is gone has a successor in newer lists
  return 1
}

suite_closure() {
  retry suite_prepare "$1" && suite_apt "$1" deb -s install "${@:2}" | awk '/^Inst / { print $2 }'
}

suite_unpack() {
  local deb
  retry suite_fetch "$1" deb download "${@:3}" && mkdir -p "$2" || return
  for deb in "$suite_home/$1/deb/got"/*.deb; do
    dpkg-deb -x "$deb" "$2" || return
  done
}

suite_source() {
  local got=$suite_home/$1/deb-src/got
  retry suite_fetch "$1" deb-src source --download-only "$2" && mkdir -p "$3" &&
    tar -x --strip-components=1 -C "$3" -f "$(find "$got" -name '*.orig.tar.*' ! -name '*.asc')"
}
