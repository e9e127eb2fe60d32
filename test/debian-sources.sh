# shellcheck shell=bash
# Where to get a Debian of any release, and how: always as this machine gets its own. No mirror is named here.

# debian_sources SUITE DIR: writes sources for SUITE into DIR/debian*, for mmdebstrap: those of this machine that name SUITE, or
# else the same mirrors as those of its own Debian, whose keyring has the keys of the releases before and after it. Fails, and says
# why, if there is none.
debian_sources() {
    local suite=$1 dir=$2 f n=0 main security
    for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ ! -f "$f" ] || grep -E "^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?[^[:space:]]+[[:space:]]+$suite(-updates|-security)?[[:space:]].*main" "$f" || true
    done | grep -v cdrom: >"$dir/debian.list" || rm "$dir/debian.list"
    for f in /etc/apt/sources.list.d/*.sources; do
        if grep -qsE "^Suites:(.*[[:space:]])?$suite([[:space:]]|-|\$)" "$f" && grep -qE '^Components:.*main' "$f"; then
            n=$((n + 1))
            cp "$f" "$dir/debian$n.sources"
        fi
    done
    ! compgen -G "$dir/debian*" >/dev/null || return 0
    main=$(debian_mirror Debian)
    security=$(debian_mirror Debian-Security)
    if [ -z "$main" ]; then
        echo "no source of Debian $suite: add one (main) to /etc/apt/sources.list.d, or that of this machine's own Debian" >&2
        return 1
    fi
    printf 'deb %s %s main\n' "$main" "$suite" "$main" "$suite-updates" >"$dir/debian.list"
    [ -z "$security" ] || printf 'deb %s %s main\n' "$security" "$suite-security" >>"$dir/debian.list"
}

# debian_mirror LABEL: the first mirror of Debian itself, as a derived distribution signs with another key
# shellcheck disable=SC2016 # apt's own variable
debian_mirror() { apt-get indextargets --format '$(SITE)' 'Created-By: Packages' "Label: $1" | head -1; }

# apt_options: this machine's proxy and time-outs
apt_options() { apt-config dump | grep -E '^Acquire::(http|https|Check-|Max-ValidTime|Retries|ForceIP)[^"]*"[^"]+";' || true; }
