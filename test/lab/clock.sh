# shellcheck shell=bash
# The nodes' clocks. The time-stamp counter (TSC) of an emulated node counts this machine's cycles. Its kernel would measure
# their frequency, which is wrong by a multiple on a busy machine, and so would be every time-out. So the frequency is passed to it.

# tsc_khz: the frequency of this machine's TSC. The kernel's own figure: "cpu MHz" changes with the load of a machine that saves power.
tsc_khz() {
    local mhz
    [ -z "$LAB_TSC_KHZ" ] || { echo "$LAB_TSC_KHZ" && return; }
    mhz=$(dmesg 2>/dev/null | sed -nE 's/.*tsc: (Detected|Refined TSC clocksource calibration:) ([0-9.]+) MHz.*/\2/p' | tail -n 1)
    awk -v mhz="$mhz" '/^cpu MHz/ { printf "%d\n", (mhz ? mhz : $4) * 1000; exit }' /proc/cpuinfo
}

# clock_option: the option for the node's kernel. With LAB_SLOW its TSC counts as that many times faster than it is, and by its own
# clock the node is that much faster. With KVM the kernel queries the hypervisor.
clock_option() {
    [ "$LAB_SLOW" = 1 ] && [ "$(accel)" = kvm ] || echo "tsc_early_khz=$(($(tsc_khz) * LAB_SLOW))"
}

# clock_rate I SECONDS: the speed of node I's clock during that time, in percent of the correct speed
clock_rate() {
    { echo && sleep "$2" && echo; } | node_ssh "$1" 'while read -r _; do cat /proc/uptime; done' |
        awk -v seconds="$2" -v slow="$LAB_SLOW" '{ last = now; now = $1 } END { printf "%d\n", (now - last) * slow * 100 / seconds }'
}

# check_clock I: repeated, because a late answer looks like a wrong clock
check_clock() {
    local seconds rate
    for seconds in 4 10 30; do
        rate=$(clock_rate "$1" "$seconds")
        ((rate < 95 || rate > 105)) || return 0
    done
    die "node$1: its clock runs at $rate % of the speed of this machine's: set LAB_TSC_KHZ to the frequency of this machine's TSC in kHz (now $(tsc_khz))"
}

# check_clocks: of all running nodes, at the same time
check_clocks() {
    local i checks=()
    for i in $(running_nodes); do
        check_clock "$i" &
        checks+=($!)
    done
    for i in "${checks[@]}"; do wait "$i" || exit 1; done
}
