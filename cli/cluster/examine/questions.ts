import { DRBD_HANDLERS } from '../../../cloud/compose/drbd/handlers.ts'
import { PORTAL_PORT } from '../../../cloud/devices.ts'
import { LVM_CONFIG } from '../../../system/block/lvm.ts'
import { DATABASES } from '../../../system/iscsi/node-records.ts'
import { SAVED_TARGET_FILES } from '../../../system/lio/saveconfig.ts'
import { quoteForShell } from '../../../system/nodes/connection.ts'
import { CONTAINER_HOST } from '../../../system/nodes/containers/software.ts'
import { script } from '../../../system/nodes/script.ts'
import { ALERT_PATH } from '../../../system/pacemaker/alert-recipient.ts'
import { STATE_QUESTION, WAITING } from '../../../system/pacemaker/controller.ts'
import { BOOT_UNITS, VERIFY_TIMER } from './boot-units.ts'
import { DAEMONS } from './daemons.ts'
import { FENCING_FILES, LEGACY } from './fencing/software.ts'
import { MOUNT_QUESTIONS } from './mount-questions.ts'

/** Required tools, each with its Debian package. */
export const TOOLS: Readonly<Record<string, string>> = {
  lvcreate: 'lvm2',
  drbdadm: 'drbd-utils',
  iscsiadm: 'open-iscsi',
  'mkfs.ext3': 'e2fsprogs',
  ip: 'iproute2',
  findmnt: 'util-linux',
  crm_mon: 'pacemaker-cli-utils',
  crm_attribute: 'pacemaker-cli-utils',
  pacemakerd: 'pacemaker',
  ping: 'iputils-ping',
  'corosync-quorumtool': 'corosync',
}

/** Required kernel modules. */
export const MODULES = ['drbd', 'target_core_mod', 'iscsi_target_mod', 'iscsi_tcp', 'ext4'] as const

/** Where the start of a session, and that of any resource, leave something: node records, and notes. */
const WRITTEN_AT_START = [...DATABASES, '/run']

const TIME_SERVICES = ['chrony', 'chronyd', 'ntpsec', 'ntp', 'ntpd', 'openntpd', 'systemd-timesyncd']

/** LVM must not scan the devices that vhacs excludes elsewhere either, whatever lvm.conf says. */
export const LVM_OPTIONS = LVM_CONFIG.map(quoteForShell).join(' ')

/**
 * Begins every examination. Its first values are `$device` and `$directories`, one a line; `$@` are the others: the names of the
 * nodes.
 */
export const OPENING = script`
device=$1
directories=$2
shift 2
section() { echo "== $1"; }
section date; date +%s.%N
`

/** The first disk in sbd's settings, as a word of the shell. */
const SBD_DISK = `"$(sed -n 's/^SBD_DEVICE="*\\([^";]*\\).*/\\1/p' /etc/default/sbd)"`

/** The time-outs on sbd's disk. */
export const SLOT_TIMES = script`
section slot-times; sbd -d ${SBD_DISK} dump
`

/** What fencing through sbd and through external agents needs on a node. fence_legacy runs the latter, if it can run itself. */
export const FENCING_STATE = script`
section daemons; for unit in ${DAEMONS.join(' ')}; do echo "$unit $(systemctl is-active $unit) $(systemctl is-enabled $unit)"; done
section slots; sbd -d ${SBD_DISK} list
section watchdog; cat /sys/class/watchdog/watchdog*/identity
section fencing; ls ${FENCING_FILES.join(' ')}; fence_legacy -V >/dev/null && echo ${LEGACY}
`

/** How long a node is given to end an election, in looks and the seconds between them: Pacemaker waits for 20 s itself. */
const [LOOKS, PAUSE_SECONDS] = [7, 5]

/** The state of the node's controller: where it knows of no coordinator, once it has had the time to elect one. */
const CONTROLLER = script`
section controller; looks=${String(LOOKS)}; while state=$(crmadmin ${STATE_QUESTION.join(' ')} "$(uname -n)") && looks=$((looks - 1)) && [ $looks -gt 0 ]; do case $state in ${WAITING.join(' | ')}) sleep ${String(PAUSE_SECONDS)} ;; *) break ;; esac; done; echo "$state"
`

/** What a node is and has by itself. */
const SOFTWARE_AND_SETTINGS = script`
section tools; for tool in ${Object.keys(TOOLS).join(' ')}; do command -v $tool >/dev/null || echo $tool; done
section agents; ls /usr/lib/ocf/resource.d/vhacs /usr/lib/ocf/resource.d/heartbeat/IPaddr2; for file in ${[...Object.values(DRBD_HANDLERS), ALERT_PATH].join(' ')}; do [ -x "$file" ] && echo "$file"; done
section version; vhacs --version
section modules; for module in ${MODULES.join(' ')}; do modinfo -F name $module; done
section kernel; uname -r; for file in /lib/modules/*/modules.dep; do [ -e "$file" ] && basename "\${file%/*}"; done
section kernels; for file in /lib/modules/*/modules.dep; do kernel=\${file%/*}; kernel=\${kernel##*/}; [ ! -e "$file" ] || [ "$kernel" = "$(uname -r)" ] || echo "$kernel" $(for module in ${MODULES.join(' ')}; do modinfo -k "$kernel" -F name $module; done); done
section loaded; for module in ${MODULES.join(' ')}; do [ -e /sys/module/$module ] && echo $module; done
section drbd; modinfo -F version drbd
section transport; modinfo -F name drbd_transport_tcp || { [ -e /sys/module/drbd_transport_tcp ] && echo drbd_transport_tcp; }
section drbd-utils; drbdadm --version | sed -n 's/^DRBDADM_VERSION=//p'
section pacemaker; pacemakerd --version | sed -n 's/^Pacemaker //p'
section corosync; corosync -v | sed -n "s/.*version '\\(.*\\)'.*/\\1/p"
section conf; cat /etc/vhacs.conf
section links; ip -json address
section routes; ip -json route; ip -json -6 route
section initiator; cat /etc/iscsi/initiatorname.iscsi
`

/** What could keep a node from taking over, besides that. */
const TAKEOVER = script`
section room; stat -f -c '%n %f %S %d %c %b %T' ${WRITTEN_AT_START.join(' ')}
section writable; for path in ${WRITTEN_AT_START.join(' ')}; do [ ! -e "$path" ] || echo "$path $(findmnt -rno OPTIONS -T "$path")"; done
section listeners; ss -Hltnp 'sport = :${PORTAL_PORT}'
section targets; ls /sys/kernel/config/target/iscsi
section sessions; ls /sys/class/iscsi_session
section iscsid; grep -slx iscsid /proc/[0-9]*/comm | sed 's/comm$/status/' | xargs -r sed -n 's/^State:[[:space:]]*\\(.\\).*/\\1/p'
section containers; ${CONTAINER_HOST}
${MOUNT_QUESTIONS}`

/** The script that asks a node only what decides whether it can take over, in one connection; LATER follows. */
export const READINESS_QUESTIONS = script`${OPENING}${SOFTWARE_AND_SETTINGS}${TAKEOVER}`

/** The script that examines a node in one connection. Each part of its output is a section; that of a missing tool is empty. */
export const QUESTIONS = script`${OPENING}${SOFTWARE_AND_SETTINGS}${TAKEOVER}
section units; for unit in ${Object.keys(BOOT_UNITS).join(' ')}; do echo "$unit $(systemctl is-enabled $unit)"; done
section timers; for unit in ${VERIFY_TIMER}; do echo "$unit $(systemctl is-enabled $unit)"; done
section saved; grep -sl '"wwn": "iqn' ${SAVED_TARGET_FILES.join(' ')}
section filter; lvmconfig --typeconfig full devices/global_filter devices/use_devicesfile
section groups; vgs --noheadings -o vg_name ${LVM_OPTIONS}
section volumes; lvs --noheadings -o vg_name,lv_name,lv_tags ${LVM_OPTIONS}
section neighbours; ip -json neighbour
section resources; ls /etc/drbd.d
section secrets; ls /etc/vhacs/chap
section configurations; for file in /etc/drbd.d/*.res; do [ -e "$file" ] && { echo "$file"; sed 's/^/ /' "$file"; }; done
section replication; cat /proc/drbd
section drbd-status; if [ -e /proc/drbd ] && ! grep -q '^version: 8' /proc/drbd; then timeout 20 drbdsetup status --json; fi
section applied; [ -e /proc/drbd ] && timeout 20 drbdsetup show all
section name; uname -n
section names; for name do getent ahosts "$name" >/dev/null || echo "$name"; done
section ssh; for name do [ "$name" = "$(uname -n)" ] || ssh -o BatchMode=yes -o ConnectTimeout=10 "root@$name" true </dev/null || echo "$name"; done
section unchecked; for name do [ "$name" = "$(uname -n)" ] || ! ssh -G "root@$name" </dev/null | grep -qix 'stricthostkeychecking \\(false\\|no\\|off\\)' || echo "$name"; done
section ring; cat /etc/corosync/corosync.conf
section members; corosync-cmapctl -m icmap | grep -E '^(nodelist[.]node[.][0-9]+[.](name|nodeid)|runtime[.]members[.][0-9]+[.]status) '
section connected; corosync-cfgtool -n
${CONTROLLER}${FENCING_STATE}section time; echo "synchronised=$(timedatectl show -p NTPSynchronized --value)"; for unit in ${TIME_SERVICES.join(' ')}; do systemctl -q is-active $unit && echo $unit; done
section order; systemctl show -p After,NeedDaemonReload resource-agents-deps.target pacemaker
`

/** Ends every examination. The estimate of the node's clock is exact however long the node works between the two dates. */
export const LATER = script`
section later; date +%s.%N
`
