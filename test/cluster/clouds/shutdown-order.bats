#!/usr/bin/env bats
# The order in which systemd stops Pacemaker and the services that the agents use, with two stand-in units on one node.

load ../support/helpers

NODE=${SHUTDOWN_NODE:-1}

@test "the services that the agents use stop after Pacemaker, solely because of the drop-in" {
    run on "$NODE" bash -s <<'NODE'
units=/run/systemd/system
drop_in=resource-agents-deps.target.d/vhacs-agents.conf
# create_unit NAME DIRECTIVES SECONDS: a service that takes that many seconds to stop
create_unit() {
    printf '[Unit]\n%b\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=true\nExecStop=sleep %s\n' "$2" "$3" >$units/$1.service
}
create_unit pacemaker-stand-in "$(systemctl cat pacemaker | grep resource-agents-deps)" 3
# the one service of the drop-in that is not in use on the nodes
create_unit multipathd '' 0
# stop_order LABEL PATTERN: stops them as a shutdown does, Pacemaker's stand-in requested first, and prints the order of what matches
stop_order() {
    systemctl daemon-reload
    systemctl start multipathd pacemaker-stand-in
    systemctl stop pacemaker-stand-in resource-agents-deps.target multipathd
    journalctl -b -o cat --no-pager _PID=1 | grep -oE '^Stopp(ing|ed) (multipathd|pacemaker-stand-in)' | tail -n 4 | grep -E "$2" | sed "s/^/$1: /"
}
stop_order with .
mkdir -p $units/${drop_in%/*}
ln -s /dev/null $units/$drop_in
# both begin at once, in any order
stop_order without Stopped
rm -r $units/${drop_in%/*} $units/{multipathd,pacemaker-stand-in}.service
systemctl daemon-reload
NODE
    assert_output - <<'ORDER'
with: Stopping pacemaker-stand-in
with: Stopped pacemaker-stand-in
with: Stopping multipathd
with: Stopped multipathd
without: Stopped multipathd
without: Stopped pacemaker-stand-in
ORDER
}
