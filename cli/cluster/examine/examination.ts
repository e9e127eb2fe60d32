import { LVM_CONFIG } from '../../../system/block/lvm.ts'
import { quoteForShell, runOn } from '../../../system/nodes/ssh.ts'
import type { System } from '../../../system/system.ts'

/** Tools that are needed, each with the Debian package that brings it. */
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
export const MODULES = ['drbd', 'target_core_mod', 'iscsi_target_mod', 'iscsi_tcp', 'ext4'] as const
/** What would start something at boot that only Pacemaker may start, each with what that is. */
export const UNITS: Readonly<Record<string, string>> = {
  'target.service': 'targets that were saved',
  'rtslib-fb-targetctl.service': 'targets that were saved',
  'drbd.service': 'DRBD resources',
}

/** Units that make a node part of a cluster. */
export const DAEMONS = ['corosync', 'pacemaker', 'sbd'] as const
export type Daemon = (typeof DAEMONS)[number]

const TIME_SERVICES = ['chrony', 'chronyd', 'ntpsec', 'ntp', 'ntpd', 'openntpd', 'systemd-timesyncd']

/** LVM must not look at the devices that it must not look at otherwise either, whatever lvm.conf says. */
const LVM_OPTIONS = LVM_CONFIG.map(quoteForShell).join(' ')

/**
 * Asks everything of a node in one go. Each part is a section of the output; a tool that is missing leaves its empty. The
 * names of nodes are such that a shell finds nothing in them.
 */
const script = (names: readonly string[]) => `
section() { echo "== $1"; }
section date; date +%s.%N
section tools; for tool in ${Object.keys(TOOLS).join(' ')}; do command -v $tool >/dev/null || echo $tool; done
section agents; ls /usr/lib/ocf/resource.d/vhacs /usr/lib/ocf/resource.d/heartbeat/IPaddr2
section version; vhacs --version
section modules; for module in ${MODULES.join(' ')}; do modinfo -F name $module; done
section drbd; modinfo -F version drbd
section pacemaker; pacemakerd --version | sed -n 's/^Pacemaker //p'
section corosync; corosync -v | sed -n "s/.*version '\\(.*\\)'.*/\\1/p"
section conf; cat /etc/vhacs.conf
section links; ip -json address
section initiator; cat /etc/iscsi/initiatorname.iscsi
section units; for unit in ${Object.keys(UNITS).join(' ')}; do echo "$unit $(systemctl is-enabled $unit)"; done
section saved; grep -c '"wwn": "iqn' /etc/target/saveconfig.json
section filter; lvmconfig --typeconfig full devices/global_filter devices/use_devicesfile
section groups; vgs --noheadings -o vg_name ${LVM_OPTIONS}
section volumes; lvs --noheadings -o vg_name,lv_name,lv_tags ${LVM_OPTIONS}
section resources; ls /etc/drbd.d
section configurations; for file in /etc/drbd.d/*.res; do [ -e "$file" ] && { echo "$file"; sed 's/^/ /' "$file"; }; done
section replication; cat /proc/drbd
section name; uname -n
section names; for name in ${names.join(' ')}; do getent ahosts $name >/dev/null || echo $name; done
section ssh; for name in ${names.join(' ')}; do [ $name = "$(uname -n)" ] || ssh -o BatchMode=yes -o ConnectTimeout=10 root@$name true </dev/null || echo $name; done
section unchecked; for name in ${names.join(' ')}; do [ $name = "$(uname -n)" ] || ! ssh -G root@$name </dev/null | grep -qix 'stricthostkeychecking \\(false\\|no\\|off\\)' || echo $name; done
section ring; cat /etc/corosync/corosync.conf
section connected; corosync-cfgtool -n
section daemons; for unit in ${DAEMONS.join(' ')}; do echo "$unit $(systemctl is-active $unit) $(systemctl is-enabled $unit)"; done
section slots; sbd -d "$(sed -n 's/^SBD_DEVICE="*\\([^";]*\\).*/\\1/p' /etc/default/sbd)" list
section watchdog; cat /sys/class/watchdog/watchdog*/identity
section time; echo "synchronised=$(timedatectl show -p NTPSynchronized --value)"; for unit in ${TIME_SERVICES.join(' ')}; do systemctl -q is-active $unit && echo $unit; done
section order; systemctl show -p After resource-agents-deps.target pacemaker
`

/** Asked last. What passes at the node between the two dates leaves its clock in no doubt. */
const LATER = '\nsection later; date +%s.%N\n'

/** What a node said, by the names of the sections, and when it was asked. */
export interface Examination {
  readonly node: string
  readonly sections: ReadonlyMap<string, string>
  /** Its clock's lead over ours in seconds, as far as the answer's duration allows to tell. */
  readonly clockLeadSeconds: number
  readonly clockDoubtSeconds: number
}

/**
 * What a node says to these questions, which name the nodes, and to more of the same form.
 * @throws ToolFailed when the node does not answer.
 */
export async function examine(
  system: System,
  node: string,
  { names, more }: { readonly names: readonly string[]; readonly more: string },
): Promise<Examination> {
  const begun = system.now() / 1000
  const options = { input: script(names) + more + LATER, looks: true, timeoutSeconds: 120 } as const
  const { stdout } = await runOn(system, node, ['sh', '-s'], options)
  const ended = system.now() / 1000
  const sections = parseSections(stdout)
  const first = Number(sections.get('date'))
  const last = Number(sections.get('later') ?? first)
  // the first date was not before we asked, the last one not after we had the answer
  const [most, least] = [first - begun, last - ended]
  return { node, sections, clockLeadSeconds: (most + least) / 2, clockDoubtSeconds: Math.max(0, (most - least) / 2) }
}

export function parseSections(text: string): ReadonlyMap<string, string> {
  const parts = text.split(/^== /m).slice(1)
  return new Map(parts.map(part => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1).trim()]))
}

/** The words of a section. */
export function wordsIn({ sections }: Pick<Examination, 'sections'>, name: string): string[] {
  return (sections.get(name) ?? '').split(/\s+/).filter(word => word !== '')
}

/** A network interface, as `ip -json address` has it. */
export interface NetworkLink {
  readonly ifname?: string
  readonly flags?: readonly string[]
  readonly addr_info?: readonly NetworkAddress[]
}

export interface NetworkAddress {
  readonly family: string
  readonly scope: string
  readonly local: string
  readonly prefixlen: number
}

/** The interface of that name in the section of links; undefined when there is none. */
export function linkNamed(json: string | undefined, name: string): NetworkLink | undefined {
  const links: NetworkLink[] = JSON.parse(json || '[]')
  return links.find(({ ifname }) => ifname === name)
}

/** The daemons that are in that state, as systemctl calls it, such as `active` or `enabled`. */
export function daemonsThat({ sections }: Pick<Examination, 'sections'>, state: string): Daemon[] {
  const lines = (sections.get('daemons') ?? '').split('\n').map(line => line.split(' '))
  return DAEMONS.filter(daemon => lines.some(([name, ...states]) => name === daemon && states.includes(state)))
}

/** Nodes that have a slot on sbd's disk, as `sbd list` has them. */
export function slotNames({ sections }: Pick<Examination, 'sections'>, section = 'slots'): string[] {
  return [...(sections.get(section) ?? '').matchAll(/^\d+\s+(\S+)\s/gm)].flatMap(([, name]) => name ?? [])
}
