#!/usr/bin/env bats
# bats file_tags=long
# CHAP with generated secrets: created, moved, repaired, given to a storage that had none, and destroyed.

load ../support/helpers

NAME=chap1
FILE=/etc/vhacs/chap/$NAME

setup_file() {
    load ../support/helpers
    vhacs_on 1 node --setrole ALL node1-2
    vhacs_on 1 storage --create "$NAME" --size 64M --nodes node1,node2 --chap
}

teardown_file() {
    load ../support/helpers
    on 1 crm_attribute --node node1 --name standby --lifetime forever --delete || true
    destroy_storages
    for node in 1 2; do on $node 'rm -rf /etc/vhacs/chap'; done
}

# user_of_session I: the name under which the session of node I has logged in
user_of_session() { on "$1" "grep -l ':$NAME\$' /sys/class/iscsi_session/*/targetname | sed 's/targetname//' | while read -r session; do cat \$session/username; done"; }

# secret_on I: a digest, owner and mode of the secret
secret_on() { on "$1" "sha256sum <$FILE; stat --format='%U %a' $FILE"; }

@test "both nodes have the same secret, for root alone, and the session has logged in with it" {
    run secret_on 1
    assert_success
    assert_line 'root 600'
    local first=$output
    run secret_on 2
    assert_output "$first"
    run user_of_session 2
    assert_output "vhacs-$NAME"
}

@test "the secret appears nowhere in the configuration, and the check has no finding about it" {
    on 1 "! cibadmin --query | grep -qF \"\$(cat $FILE)\""
    run vhacs_on 1 cluster --check
    refute_output --partial CHAP
}

@test "a check reports a missing secret, and --setchap restores it while I/O continues" {
    on 2 rm "$FILE"
    run vhacs_on 1 cluster --check
    assert_failure
    assert_output --partial "node2: $FILE, the CHAP secret of $NAME, does not exist"
    run vhacs_on 1 storage --setchap "$NAME"
    assert_success
    run secret_on 2
    assert_output "$(secret_on 1)"
}

@test "the session logs in with the same secret after the export has moved" {
    vhacs_on 1 node --standby node1
    on 1 'crm_resource --wait --timeout=200s'
    run wait_until 120 on 2 "findmnt /clouds/$NAME && touch /clouds/$NAME/moved && sync /clouds/$NAME/moved"
    assert_success
    vhacs_on 1 node --active node1
    on 1 'crm_resource --wait --timeout=200s'
}

# check_secret: what the check says of DRBD's secret
check_secret() { vhacs_on 1 cluster --check 2>&1 | grep -F shared-secret; }

@test "a secret of DRBD that the kernel was not told of is an error, which --setsecret ends while I/O continues" {
    run check_secret
    assert_failure 1
    # what a --setsecret that was killed leaves
    for node in 1 2; do on $node "sed -i 's/shared-secret .*;/shared-secret \"0123456789abcdef\";/' /etc/drbd.d/$NAME.res && drbdadm dump $NAME | grep -q 0123456789abcdef"; done
    run check_secret
    assert_success
    assert_line --regexp "^error: .*DRBD of $NAME does not use the shared-secret of /etc/drbd.d/$NAME.res on node[12] and node[12]"
    run vhacs_on 1 storage --setsecret "$NAME"
    assert_success
    run check_secret
    assert_failure 1
    on 1 "! grep -q 0123456789abcdef /etc/drbd.d/$NAME.res"
    run wait_until 30 on 2 "touch /clouds/$NAME/secret && sync /clouds/$NAME/secret"
    assert_success
}

@test "a storage without CHAP gets it only with --interrupt, and is mounted again" {
    vhacs_on 1 storage --create chap2 --size 64M --nodes node1,node2
    run vhacs_on 1 storage --setchap chap2
    assert_failure 2
    assert_output --partial 'this would interrupt chap2'
    run vhacs_on 1 storage --setchap chap2 --interrupt
    assert_success
    assert_line --regexp 'chap2 requires CHAP$'
    run vhacs_on 1 storage --info chap2 --json
    assert_output --partial '"one-way"'
}

@test "a destroyed storage leaves no secret" {
    run vhacs_on 1 storage --destroy ALL --yes
    assert_success
    for node in 1 2; do
        run on $node 'ls /etc/vhacs/chap; ls /run/vhacs | grep chap'
        assert_output ''
    done
}
