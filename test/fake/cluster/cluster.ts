import { clusterIn } from '../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { drbdConfig } from '../../../cloud/compose/drbd/config.ts'
import type { ActiveResource } from '../../../cloud/pacemaker/active-resources.ts'
import { descendants, type Element, parseXml, printXml } from '../../../cloud/xml.ts'
import type { RunOptions } from '../../../system/system.ts'
import { cibOf, edited, parsedCib, withNodeAttribute } from '../../unit/cloud/cib.ts'
import { patched, planned, verify } from '../../unit/cloud/pacemaker.ts'
import { remembered } from '../../unit/cloud/remembered.ts'
import { meantBy } from '../handlers/shared-cib.ts'
import type { FakeSystem, FakeTool, ToolResult } from '../system.ts'
import { type ActionFailure, activeIn, crmMonXml, fencesIn } from './crm-mon.ts'
import { crmResource } from './crm-resource.ts'
import { withHistory } from './history.ts'
import { type FakeNode, storageNode } from './storage-node.ts'
import { answerSurvey } from './survey.ts'

/** A command that ran on a node, such as `lvs --noheadings …` on node2. */
export interface Ran {
  readonly node: string
  readonly words: readonly string[]
  /** Whether it worked on a copy of the CIB. */
  readonly isOnCopy?: true
}

/** Whether it fails before any work, or after all of it. */
export type Failure = 'fails' | 'fails afterwards'

/** A cluster of nodes in memory, seen from its first node. */
export interface FakeCluster {
  /** The first node, where vhacs runs. */
  readonly system: FakeSystem
  readonly nodes: readonly FakeNode[]
  /** The whole CIB; the real cibadmin makes all changes of cibadmin. */
  cib: string
  /** The resources that Pacemaker runs; by default those in the CIB. */
  active: () => readonly ActiveResource[]
  /** Ids of the fencing devices that it runs; by default all. */
  fences: () => readonly string[]
  /** The node that coordinates the cluster. */
  coordinator: string
  /** Ids of those whose start has begun. */
  starting: () => readonly string[]
  /** Ids of the resources whose start or probe has begun, and that do not run yet. */
  pending: () => readonly string[]
  /** The failures that have not been cleared. */
  failures: ActionFailure[]
  /** Every command so far, on any node. */
  readonly ran: Ran[]
  /** Addresses that are in use. */
  readonly answering: Set<string>
  /** Makes a command fail. */
  disturb: (command: Ran) => Failure | undefined
}

export function node(cluster: FakeCluster, name: string): FakeNode {
  const found = cluster.nodes.find(candidate => candidate.name === name)
  if (found === undefined) throw new Error(`no node ${name}`)
  return found
}

const NAMES = ['node1', 'node2', 'node3']

/** The CIB of these nodes, each of which may hold data and mount. */
const cibWith = remembered((clouds: readonly Cloud[]) =>
  NAMES.reduce(
    (cib, name) =>
      withNodeAttribute(
        withNodeAttribute(cib, name, 'vhacs-storage', 'true'),
        name,
        'vhacs-initiator',
        `iqn.2004-10.com.debian:${name}`,
      ),
    cibOf({ clouds, nodes: NAMES }),
  ),
)

/** Three nodes, node1 to node3, that all may hold data and mount; with these clouds, and their data. */
export function fakeCluster(clouds: readonly Cloud[] = []): FakeCluster {
  const nodes = NAMES.map((name, index) => storageNode(name, index + 1))
  const [first] = nodes
  if (first === undefined) throw new Error('no node')
  const cluster: FakeCluster = {
    system: first.system,
    nodes,
    cib: cibWith(clouds),
    active: () => activeIn(cluster.cib),
    fences: () => fencesIn(cluster.cib),
    coordinator: first.name,
    starting: () => [],
    pending: () => [],
    failures: [],
    ran: [],
    answering: new Set(),
    disturb: () => undefined,
  }
  for (const cloud of clouds) for (const name of cloud.storageNodes) putData(node(cluster, name), cloud)
  for (const { name, ...one } of nodes) {
    const found = node(cluster, name)
    answerSurvey(found, address => cluster.answering.has(address))
    found.runs = id => cluster.active().some(active => active.id === id && active.node === name)
    found.isMounted = directory =>
      clusterIn(parsedCib(cluster.cib)).clouds.some(
        cloud => cloud.directory === directory && found.runs(`${cloud.name}-filesystem`),
      )
    for (const [tool, act] of one.system.tools) one.system.tools.set(tool, watched(cluster, name, tool, act))
  }
  const local: Readonly<Record<string, FakeTool>> = {
    cibadmin: cibadmin(cluster),
    crm_verify: ([, path = '', ...verbosity]) => {
      const complaint = verify(cluster.system.read(path), verbosity)
      return complaint === '' ? 0 : { status: 78, stderr: complaint }
    },
    crm_mon: () => ({
      status: 0,
      stdout: crmMonXml({
        ...cluster,
        active: cluster.active(),
        fences: cluster.fences(),
        starting: cluster.starting(),
        pending: cluster.pending(),
      }),
    }),
    crm_resource: crmResource(cluster),
    crm_simulate: (_args, { input = '' }) => ({
      status: 0,
      stdout: planned(withHistory(input, cluster.active()), first.system.now()),
    }),
    crm_attribute: args => setAttribute(cluster, args),
  }
  for (const [tool, act] of Object.entries(local)) first.system.tools.set(tool, watched(cluster, first.name, tool, act))
  first.system.tools.set('env', (words, options) => {
    const [tool = '', ...args] = words.slice(words.findIndex(word => !/^--|^[A-Z]+=/.test(word)))
    return runThere(first, tool, args, options)
  })
  first.system.tools.set('ssh', (args, options) => ssh(cluster, args, options))
  return cluster
}

function putData({ volumes, system }: FakeNode, cloud: Cloud): void {
  const sizeBytes = 2 ** 30
  volumes.set(cloud.name, { sizeBytes, tags: [], isActive: true, hasMetadata: true, hasFilesystem: true })
  const major = cloud.storageNodes.length > 2 ? 9 : 8
  const ends = cloud.storageNodes.map((name, index) => ({ node: name, address: `192.0.2.${index + 1}` }))
  system.put(`/etc/drbd.d/${cloud.name}.res`, drbdConfig(cloud, { ends, major, secret: `secret-of-${cloud.name}` }))
}

/** A tool that is recorded in `ran`, and may be disturbed. */
export function watched(cluster: FakeCluster, name: string, tool: string, act: FakeTool): FakeTool {
  return async (args, options) => {
    const isOnCopy = options.environment?.CIB_file !== undefined
    const command = { node: name, words: [tool, ...args], ...(isOnCopy && { isOnCopy }) }
    cluster.ran.push(command)
    const trouble = cluster.disturb(command)
    // a status that no caller accepts
    const failure = { status: 99, stderr: `${tool}: out of order\n` }
    if (trouble === 'fails') return failure
    const result = await act(args, options)
    return trouble === 'fails afterwards' ? failure : result
  }
}

function runThere({ system }: FakeNode, tool: string, args: readonly string[], options: RunOptions) {
  return system.tools.get(tool)?.(args, options) ?? { status: 127, stderr: `${tool}: command not found\n` }
}

/** ssh OPTIONS root@NODE -- TEXT, where a shell reads the text: everything in it must be quoted. */
function ssh(cluster: FakeCluster, args: readonly string[], options: RunOptions): ToolResult | Promise<ToolResult> {
  const [host = '', separator, text = ''] = args.slice(-3)
  const there = node(cluster, host.replace(/^root@/, ''))
  const isQuoted = /^'([^']|'\\'')*'( '([^']|'\\'')*')*$/.test(text)
  if (separator !== '--' || !isQuoted) throw new Error(`not in single quotes: ${text}`)
  if (!there.isUp) return { status: 255, stderr: `ssh: connect to host ${there.name} port 22: No route to host\n` }
  const [tool = '', ...words] = text
    .replaceAll("'\\''", '\0')
    .slice(1, -1)
    .split("' '")
    .map(word => word.replaceAll('\0', "'"))
  return tool === 'true' ? 0 : runThere(there, tool, words, options)
}

function cibadmin(cluster: FakeCluster): FakeTool {
  return (args, { input = '', environment = {} }) => {
    const [verb] = args
    if (['--query', '--query --local'].includes(args.join(' '))) return { status: 0, stdout: cluster.cib }
    const [, , xpath = ''] = args
    if (verb === '--delete' && xpath.includes('/rsc_location')) {
      const isMeant = meantBy(xpath)
      cluster.cib = edited(cluster.cib, found => (isMeant(found) ? [] : undefined))
      return 0
    }
    if (verb !== '--patch') return lock(cluster, args)
    const copy = environment.CIB_file
    const { cib, isRefused, status } = patched(copy === undefined ? cluster.cib : cluster.system.read(copy), input)
    if (isRefused) return { status, stderr: 'Call cib_apply_diff failed: Update does not conform\n' }
    if (copy === undefined) cluster.cib = cib
    else cluster.system.put(copy, cib)
    return 0
  }
}

const LOCK = 'vhacs-lock'

/** cibadmin on the element that is the lock, with the exit statuses of Pacemaker 2.1.5. */
function lock(cluster: FakeCluster, args: readonly string[]): ToolResult {
  const [verb, , xpath = '', , xml = ''] = args
  const isLock = ({ attributes }: Element) => attributes.id === LOCK
  const [found] = descendants(parsedCib(cluster.cib), 'cluster_property_set').filter(isLock)
  const holder = found?.children[0]?.attributes.value
  if (verb === '--query') {
    if (!found) return { status: 105, stderr: 'Call cib_query failed: No such device or address\n' }
    return { status: 0, stdout: printXml(found) }
  }
  if (verb === '--create') {
    if (found) return { status: 108, stderr: 'Call cib_create failed: File exists\n' }
    const made = parseXml(xml)
    cluster.cib = edited(cluster.cib, element =>
      element.name === 'crm_config' ? [{ ...element, children: [...element.children, made] }] : undefined,
    )
    return 0
  }
  // --delete --xpath, of a lock with this holder only; a missing one is not an error
  const isMeant = holder !== undefined && xpath.includes(`@value='${holder}'`)
  if (isMeant) cluster.cib = edited(cluster.cib, element => (isLock(element) ? [] : undefined))
  return 0
}

/** --node NODE --name NAME --lifetime forever --update VALUE, or --delete */
function setAttribute(cluster: FakeCluster, args: readonly string[]): ToolResult {
  const [, name = '', , attribute = '', , , change, value = ''] = args
  cluster.cib =
    change === '--update'
      ? withNodeAttribute(cluster.cib, name, attribute, value)
      : edited(cluster.cib, found => (found.attributes.id === `${name}-${attribute}` ? [] : undefined))
  return 0
}

/** Commands that only read. */
const LOOKING = 'cat modinfo df sh ls test stat sha256sum ip ping vgs lvs findmnt crm_mon crm_verify crm_simulate'
const READING = new Set(LOOKING.split(' '))
const READING_VERBS = new Set([
  'drbdadm dump-xml',
  'drbdadm --config-to-test',
  'drbdadm --config-file',
  'cibadmin --query',
  'corosync-cmapctl -m',
  'corosync-quorumtool -s',
  'crmadmin --quiet',
  'systemctl show',
])

export function isReading({ words: [tool = '', verb = ''], isOnCopy }: Ran): boolean {
  return isOnCopy === true || READING.has(tool) || READING_VERBS.has(`${tool} ${verb}`)
}

/** Acquiring and releasing the lock of the cluster. */
export function isLocking({ words: [tool, ...args] }: Ran): boolean {
  return tool === 'cibadmin' && args.some(word => word.includes('vhacs-lock'))
}
