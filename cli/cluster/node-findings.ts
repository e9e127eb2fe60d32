import { drbdDevice, STORAGE_ATTRIBUTE, VHOST_ATTRIBUTE } from '../../cloud/names.ts'
import type { Cluster, ClusterNode } from '../../cloud/read-cib.ts'
import { parseVhacsConf } from '../../system/vhacs-conf.ts'
import { VOLUME_GROUP } from '../storage/volume-group.ts'
import type { Paint } from '../table.ts'
import { type Examination, linkNamed, MODULES, TOOLS, UNITS, wordsIn } from './examination.ts'

/** Something that is not as it should be. */
export interface Finding {
  /** What breaks a storage, or will at the next failover, is an error. */
  readonly severity: 'error' | 'warning'
  /** Null when it is the cluster's. */
  readonly node: string | null
  readonly what: string
  readonly todo: string
}

/** Each with what to do about it below it. */
export function findingLines(findings: readonly Finding[], paint: Paint): string[] {
  return findings.flatMap(({ severity, node, what, todo }) => {
    const where = node === null ? 'cluster' : node
    return [`${paint(severity === 'error' ? 'bad' : 'warning', `${severity}: ${where}: ${what}`)}`, `    ${todo}`]
  })
}

type NodeFinding = Omit<Finding, 'node'>

/** What the nodes' answers are held against. */
interface Seen {
  readonly cluster: Cluster
  /** Nodes that answer neither us nor the cluster: that others do not reach them is nothing new. */
  readonly down: readonly string[]
}

/** What is wrong with one node by itself. */
export function nodeFindings(examined: Examination, { cluster, down }: Seen): Finding[] {
  const { node } = examined
  const known = cluster.nodes.find(({ name }) => name === node)
  const findings = [
    ...hostKeyFindings(examined),
    ...linkFindings(examined),
    ...bootFindings(examined),
    ...orderFindings(examined, known),
    ...filterFindings(examined),
    ...driftFindings(examined, cluster),
  ]
  return [...fitnessFindings(examined, cluster, down), ...onNode(node, findings)]
}

/** What makes a node unfit to be in any cluster. */
export function fitnessFindings(
  examined: Examination,
  { nodes }: { readonly nodes: readonly Pick<ClusterNode, 'name' | 'attributes'>[] },
  down: readonly string[] = [],
): Finding[] {
  const { node } = examined
  const known = nodes.find(({ name }) => name === node)
  const findings = [
    ...toolFindings(examined),
    ...moduleFindings(examined),
    ...settingFindings(examined),
    ...nameFindings(examined, down),
    ...volumeGroupFindings(examined, known),
  ]
  return onNode(node, findings)
}

function onNode(node: string, findings: readonly NodeFinding[]): Finding[] {
  return findings.map(({ severity, what, todo }) => ({ severity, node, what, todo }))
}

function nameFindings(examined: Examination, down: readonly string[]): NodeFinding[] {
  const name = examined.sections.get('name')
  const unknown = wordsIn(examined, 'names')
  const silent = wordsIn(examined, 'ssh').filter(other => !unknown.includes(other) && !down.includes(other))
  const findings: NodeFinding[] = []
  if (name !== undefined && name !== examined.node) {
    const todo = 'name the node as uname -n does there: DRBD and the cluster know it by that'
    findings.push({ severity: 'error', what: `it calls itself ${name}`, todo })
  }
  for (const other of unknown) {
    const todo = 'put all nodes into /etc/hosts there'
    findings.push({ severity: 'error', what: `it does not know the address of ${other}`, todo })
  }
  for (const other of silent) {
    const todo = `see that "ssh root@${other} true" works there: until then, vhacs does not work from that node`
    findings.push({ severity: 'warning', what: `it does not reach ${other} by ssh`, todo })
  }
  return findings
}

/** Whoever takes a node's address could be taken for it, and is told what to do as root. */
function hostKeyFindings(examined: Examination): NodeFinding[] {
  const unchecked = wordsIn(examined, 'unchecked')
  if (unchecked.length === 0) return []
  const what = `ssh does not check the host keys of ${unchecked.join(', ')} there: StrictHostKeyChecking is off`
  const todo =
    'put the host keys into /etc/ssh/ssh_known_hosts and switch it on, or take it that the network is trusted'
  return [{ severity: 'warning', what, todo }]
}

const AGENTS = ['lvm-volume', 'drbd-cloud', 'lio-iblock', 'iscsi-mount', 'ext3-filesystem']

function toolFindings(examined: Examination): NodeFinding[] {
  const missing = wordsIn(examined, 'tools').map(
    (tool): NodeFinding => ({
      severity: 'error',
      what: `${tool} is not installed`,
      todo: `apt-get install ${TOOLS[tool]}`,
    }),
  )
  const there = wordsIn(examined, 'agents')
  const agents = AGENTS.filter(agent => !there.includes(agent))
  if (agents.length > 0)
    missing.push({
      severity: 'error',
      what: `the agents ${agents.join(', ')} are not installed`,
      todo: 'install VHACS there, the same version as on the other nodes',
    })
  if (!there.some(path => path.endsWith('/IPaddr2')))
    missing.push({ severity: 'error', what: 'the agent IPaddr2 is missing', todo: 'apt-get install resource-agents' })
  return missing
}

function moduleFindings(examined: Examination): NodeFinding[] {
  const there = wordsIn(examined, 'modules').map(name => name.replaceAll('-', '_'))
  const missing = MODULES.filter(module => !there.includes(module)).map(
    (module): NodeFinding => ({
      severity: 'error',
      what: `the kernel has no module ${module}`,
      todo: "install the kernel's own modules (linux-image-amd64 has them, linux-image-cloud-amd64 has not)",
    }),
  )
  const version = examined.sections.get('drbd') ?? ''
  if (version === '' || version.startsWith('8.4.')) return missing
  const todo = 'use the DRBD of the kernel (8.4): remove drbd-dkms and reboot'
  return [...missing, { severity: 'error', what: `DRBD ${version} is not supported`, todo }]
}

function settingFindings({ sections }: Examination): NodeFinding[] {
  const findings: NodeFinding[] = []
  if (!/InitiatorName\s*=\s*\S/.test(sections.get('initiator') ?? ''))
    findings.push({
      severity: 'error',
      what: 'there is no InitiatorName in /etc/iscsi/initiatorname.iscsi',
      todo: 'echo "InitiatorName=$(iscsi-iname)" >/etc/iscsi/initiatorname.iscsi; systemctl restart iscsid',
    })
  try {
    const conf = parseVhacsConf(sections.get('conf') ?? '')
    const names = [conf.storageInterface, conf.replicationInterface, conf.heartbeatInterface]
    for (const name of new Set(names.flatMap(found => found ?? []))) {
      if (hasAddress(sections.get('links') ?? '[]', name)) continue
      const what = `the interface ${name} of /etc/vhacs.conf is down, has no address, or is not there`
      findings.push({ severity: 'error', what, todo: 'correct /etc/vhacs.conf, or the network' })
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    findings.push({ severity: 'error', what: error.message, todo: 'see vhacs(8), FILES' })
  }
  return findings
}

function hasAddress(json: string, name: string): boolean {
  const link = linkNamed(json, name)
  const isUp = link?.flags?.includes('UP') && link.flags.includes('LOWER_UP')
  return Boolean(isUp && link?.addr_info?.some(({ scope }) => scope === 'global'))
}

/** Lines like `LINK: 1 udp (10.0.0.1->10.0.0.2) enabled connected mtu: 1397`. @see corosync-cfgtool(8), -n */
function linkFindings({ sections }: Examination): NodeFinding[] {
  // of a node that none of its links reaches, Pacemaker says more
  const reached = (sections.get('connected') ?? '').split(/^nodeid: /m).filter(part => /^\d+ reachable/.test(part))
  const links = reached.flatMap(part => [...part.matchAll(/^\s*LINK: (\d+) \S+ \((\S+?)->(\S+?)\) (.*)$/gm)])
  return links.flatMap(([, link, from, to, state = '']): NodeFinding[] => {
    if (/\bconnected\b/.test(state)) return []
    const what = `corosync's link ${link} from ${from} to ${to} is not connected`
    return [{ severity: 'warning', what, todo: 'see the cable and the addresses in /etc/corosync/corosync.conf' }]
  })
}

function bootFindings(examined: Examination): NodeFinding[] {
  const findings = enabledUnits(examined).map(
    (unit): NodeFinding => ({
      severity: 'error',
      what: `${unit} is enabled: at boot it starts ${UNITS[unit]} behind Pacemaker's back`,
      todo: `systemctl disable ${unit}`,
    }),
  )
  if (!hasSavedTargets(examined)) return findings
  const what = 'targets are saved in /etc/target/saveconfig.json, and may come back on the wrong node'
  return [...findings, { severity: 'warning', what, todo: 'remove those that are exported by VHACS, or the file' }]
}

/** Those of UNITS that are started at boot. */
export function enabledUnits({ sections }: Pick<Examination, 'sections'>): string[] {
  return (sections.get('units') ?? '').split('\n').flatMap(line => {
    const [unit = '', state] = line.split(' ')
    return state === 'enabled' ? [unit] : []
  })
}

export function hasSavedTargets({ sections }: Pick<Examination, 'sections'>): boolean {
  return Number(sections.get('saved') ?? 0) > 0
}

/** Those that cut sessions when they stop; Pacemaker, or the target that it is ordered after, must be ordered after them. */
const STOPPED_LATER = ['iscsid.service', 'open-iscsi.service']

/** A mount whose session is cut before Pacemaker has stopped it hangs, and the shutdown with it. */
function orderFindings(examined: Examination, known: Pick<ClusterNode, 'attributes'> | undefined): NodeFinding[] {
  const after = wordsIn(examined, 'order').map(word => word.replace(/^After=/, ''))
  const early = STOPPED_LATER.filter(unit => !after.includes(unit))
  if (known?.attributes[VHOST_ATTRIBUTE] !== 'true' || after.length === 0 || early.length === 0) return []
  const what = `at shutdown ${early.join(' and ')} may stop before Pacemaker, and cut the sessions of what is mounted`
  const file = '/etc/systemd/system/resource-agents-deps.target.d/vhacs.conf'
  return [
    {
      severity: 'warning',
      what,
      todo: `put "[Unit]" and "After=${early.join(' ')}" into ${file}; systemctl daemon-reload`,
    },
  ]
}

function filterFindings(examined: Examination): NodeFinding[] {
  if (!looksAtDrbd(examined)) return []
  const what = 'LVM looks at DRBD devices, and may take hold of a volume group inside of a storage'
  const todo = 'set devices { global_filter = [ "r|^/dev/drbd|" ] } in /etc/lvm/lvm.conf'
  return [{ severity: 'warning', what, todo }]
}

/** Whether LVM's own commands look for physical volumes on DRBD devices. */
export function looksAtDrbd({ sections }: Pick<Examination, 'sections'>): boolean {
  const filter = sections.get('filter') ?? ''
  return !filter.includes('use_devicesfile=1') && !/global_filter=.*drbd/.test(filter)
}

function volumeGroupFindings(examined: Examination, known: Pick<ClusterNode, 'attributes'> | undefined): NodeFinding[] {
  if (known?.attributes[STORAGE_ATTRIBUTE] !== 'true' || wordsIn(examined, 'group').length > 0) return []
  const todo = `vgcreate ${VOLUME_GROUP} DISK, or "vhacs node --delrole storage ${examined.node}"`
  return [{ severity: 'error', what: `it has the role storage, but no volume group ${VOLUME_GROUP}`, todo }]
}

/** Where the CIB, which says what storages there are, and the disks do not agree. */
function driftFindings(examined: Examination, { clouds, incomplete }: Cluster): NodeFinding[] {
  const volumes = wordsIn(examined, 'volumes')
  const resources = wordsIn(examined, 'resources').flatMap(file => (file.endsWith('.res') ? [file.slice(0, -4)] : []))
  const known = new Set([...clouds, ...incomplete].map(({ name }) => name))
  const ours = clouds.filter(({ storageNodes }) => storageNodes.includes(examined.node)).map(({ name }) => name)
  const lost = ours.filter(name => !volumes.includes(name) || !resources.includes(name))
  const strays = resources.filter(name => !known.has(name) && volumes.includes(name))
  return [
    ...deviceFindings(examined, clouds),
    ...lost.map((name): NodeFinding => {
      const parts = [
        volumes.includes(name) ? [] : ['its volume'],
        resources.includes(name) ? [] : [`/etc/drbd.d/${name}.res`],
      ]
      return {
        severity: 'error',
        what: `the storage ${name} is to have its data here, but there is not ${parts.flat().join(' and ')}`,
        todo: 'bring it back from the other node or a backup',
      }
    }),
    ...strays.map(
      (name): NodeFinding => ({
        severity: 'warning',
        what: `the volume ${VOLUME_GROUP}/${name} and its DRBD resource belong to no storage of the cluster`,
        todo: `if nobody needs the data: drbdadm down ${name}; rm /etc/drbd.d/${name}.res; lvremove ${VOLUME_GROUP}/${name}`,
      }),
    ),
  ]
}

/** Lines like `/etc/drbd.d/c0.res:	device /dev/drbd0`. */
function deviceFindings({ node, sections }: Examination, clouds: Cluster['clouds']): NodeFinding[] {
  const lines = (sections.get('devices') ?? '').matchAll(/^\/etc\/drbd\.d\/(\S+)\.res:.*device (\/dev\/drbd\d+)$/gm)
  const devices = new Map([...lines].map(([, name = '', device = '']) => [name, device]))
  return clouds.flatMap(({ name, minor, storageNodes }): NodeFinding[] => {
    const device = devices.get(name)
    if (device === undefined || device === drbdDevice(minor) || !storageNodes.includes(node)) return []
    const what = `/etc/drbd.d/${name}.res has ${device}, and the cluster exports ${drbdDevice(minor)}`
    return [
      { severity: 'error', what, todo: 'make the file what it is on the other node, with the minor of the cluster' },
    ]
  })
}
