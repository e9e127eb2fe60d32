import { type Script, script } from '../../../system/nodes/script.ts'
import { UNIT_PREFIX } from '../../../system/nspawn/unit.ts'
import { LVM_OPTIONS } from '../examine/questions.ts'
import { PACEMAKER_LOG } from '../history/log-script.ts'

/** How far back the journal goes in a report, in hours. */
const LOG_HOURS = 12

/** How much of a log a node prints at most, in bytes; of a log the end is kept. */
export const LOG_BYTES = 4_000_000

const TAIL = `tail -c ${String(LOG_BYTES)}`
const JOURNAL = `journalctl -q --no-pager -o short-iso-precise --since=-${String(LOG_HOURS)}h`
const UNITS =
  'pacemaker corosync sbd iscsid open-iscsi multipathd drbd lvm2-monitor chrony systemd-timesyncd vhacs-rehearse vhacs-verify vhacs-elect'

/** Tools without which DRBD is not loaded by asking for its state. */
const IF_DRBD = '[ -e /proc/drbd ] || [ -e /sys/module/drbd ] || exit 0'

/** The state of a node, by the name of its file in a report. The text is a script of its own; what may be absent prints nothing. */
export const STATE_COMMANDS: readonly (readonly [name: string, commands: Script])[] = [
  [
    'commands/clock.txt',
    script`date '+%F %T.%N %z'; uptime; timedatectl; command -v chronyc >/dev/null && chronyc -n tracking; true`,
  ],
  ['commands/uname.txt', script`uname -a; cat /etc/os-release; vhacs --version; true`],
  [
    'commands/packages.txt',
    script`
pattern='^(vhacs|pacemaker|corosync|libcorosync|libknet|libqb|libcib|libpe|libcrm|sbd|fence-agents|resource-agents|crmsh|pcs|drbd|lvm2|dmsetup|libdevmapper|open-iscsi|iscsi-initiator|libopeniscsi|multipath|device-mapper|targetcli|python3-rtslib|e2fsprogs|util-linux|iproute2|openssh|systemd|linux-image|kernel|chrony|libc6|glibc)'
if command -v dpkg-query >/dev/null; then
    dpkg-query -W -f '\${db:Status-Status} \${Package} \${Version}\\n' | sed -n 's/^installed //p' | grep -E "$pattern"
else
    rpm -qa | grep -E "$pattern" | sort
fi
true`,
  ],
  ['commands/cib.xml', script`cibadmin --query --local`],
  ['commands/crm_mon.txt', script`crm_mon -1 -r -f -A`],
  ['commands/crm_mon.xml', script`crm_mon -1 -r -f -A --output-as=xml`],
  ['commands/fencing-history.txt', script`stonith_admin --history '*' --verbose`],
  ['commands/scores.txt', script`crm_simulate -s -L`],
  ['commands/corosync.txt', script`corosync-quorumtool -s; corosync-cfgtool -s; corosync-cfgtool -n; true`],
  [
    'commands/sbd.txt',
    script`
command -v sbd >/dev/null || exit 0
sed -n 's/^SBD_DEVICE="*\\([^";]*\\).*/\\1/p' /etc/default/sbd /etc/sysconfig/sbd 2>/dev/null | while IFS= read -r device; do
    [ -z "$device" ] || { sbd -d "$device" list; sbd -d "$device" dump; }
done
grep -s '' /sys/class/watchdog/*/identity /sys/class/watchdog/*/timeout
true`,
  ],
  [
    'commands/drbd.txt',
    script`
${IF_DRBD}
for what in 'show all' 'status --verbose --statistics' 'events2 --now all'; do
    printf '# drbdsetup %s\\n' "$what"
    timeout 5 drbdsetup $what
done
true`,
  ],
  ['commands/drbd-dump.txt', script`[ ! -e /etc/drbd.conf ] || timeout 10 drbdadm dump`],
  [
    'commands/target.txt',
    script`
tree=/sys/kernel/config/target
[ -d "$tree" ] || exit 0
grep -rsa --exclude-dir=statistics --exclude-dir=fabric_statistics '' "$tree"
find "$tree" -type l -printf '%p -> %l\\n'
true`,
  ],
  [
    'commands/sessions.txt',
    script`
grep -sa '' /sys/class/iscsi_session/*/targetname /sys/class/iscsi_session/*/state /sys/class/iscsi_session/*/recovery_tmo
[ ! -e /sys/class/iscsi_session ] || iscsiadm -m session -P 3
true`,
  ],
  [
    'commands/lvm.txt',
    script`
command -v lvs >/dev/null || exit 0
pvs ${LVM_OPTIONS} -o +pv_uuid
vgs ${LVM_OPTIONS} -o +vg_uuid,vg_tags
lvs ${LVM_OPTIONS} -a -o +lv_tags,devices,lv_active,lv_health_status
lvmconfig --typeconfig diff
true`,
  ],
  [
    'commands/disks.txt',
    script`
lsblk -o NAME,KNAME,TYPE,SIZE,RO,FSTYPE,UUID,MOUNTPOINT,SERIAL,WWN,STATE
dmsetup table --nosuspend 2>/dev/null | grep -v crypt
command -v multipath >/dev/null && multipath -ll
findmnt
timeout 5 df -h
true`,
  ],
  [
    'commands/network.txt',
    script`ip -s -d link; ip address; ip route; ip -6 route; ip neighbour; ss -tnpo; ss -ltnp; true`,
  ],
  [
    'commands/processes.txt',
    script`
ps -e -o pid,ppid,stat,wchan:32,etimes,comm
for path in /proc/[0-9]*; do
    grep -qs '^State:[[:space:]]*D' "$path/status" || continue
    printf '# %s %s\\n' "$path" "$(cat "$path/comm")"
    cat "$path/stack"
done
true`,
  ],
  [
    'commands/system.txt',
    script`
cat /proc/loadavg
grep -s '' /proc/pressure/*
free
lsmod
for module in drbd target_core_mod iscsi_target_mod iscsi_tcp; do modinfo -F version "$module"; done
systemctl --no-pager --failed
systemctl --no-pager --all list-units ${UNITS.split(' ')
      .map(unit => `${unit}.service`)
      .join(' ')}
true`,
  ],
  [
    'commands/containers.txt',
    // variables of a container are mostly secrets, and their names do not say so
    script`
systemctl --no-pager --all list-units '${UNIT_PREFIX}*'
systemctl --no-pager --all show -p Id,ActiveState,SubState,Result,ExecMainStatus,StatusText,NRestarts '${UNIT_PREFIX}*'
for group in /sys/fs/cgroup/machine.slice/${UNIT_PREFIX}*; do
    [ ! -d "$group" ] || (cd "$group" && echo "# $group" && grep -s '' cgroup.events memory.current memory.max memory.events pids.current cpu.stat)
done
for file in /run/systemd/nspawn/*.nspawn; do
    [ ! -f "$file" ] || { echo "# $file"; sed -e ':a' -e '/\\\\$/{N;s/\\\\\\n/ /;ta' -e '}' -e 's/^\\([[:blank:]]*Environment[[:blank:]]*=[^=]*=\\).*/\\1(left out)/' "$file"; }
done
true`,
  ],
  [
    'commands/installed.txt',
    script`ls -l /usr/lib/ocf/resource.d/vhacs /usr/lib/vhacs /run/vhacs; ls -l /etc/vhacs /etc/vhacs/chap /etc/corosync /etc/drbd.d; true`,
  ],
]

/** The logs of a node, likewise; the end of each. */
export const LOG_COMMANDS: typeof STATE_COMMANDS = [
  [
    'logs/pacemaker.log',
    script`${PACEMAKER_LOG}[ -f "$log" ] || echo "there is no $log"
contents 2>/dev/null | ${TAIL}`,
  ],
  ['logs/kernel.log', script`{ ${JOURNAL} _TRANSPORT=kernel || dmesg -T; } | ${TAIL}`],
  [
    'logs/daemons.log',
    script`${JOURNAL} ${UNITS.split(' ')
      .map(unit => `-u ${unit}`)
      .join(' ')} -t vhacs -t iscsid | ${TAIL}`,
  ],
  ['logs/containers.log', script`${JOURNAL} -u '${UNIT_PREFIX}*' | ${TAIL}`],
  ['logs/corosync.log', script`[ ! -f /var/log/corosync/corosync.log ] || ${TAIL} /var/log/corosync/corosync.log`],
]
