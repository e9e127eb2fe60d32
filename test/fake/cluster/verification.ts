import { readCluster } from '../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { parseDrbdConfig } from '../../../system/drbd/config/syntax.ts'
import { verifyAlgIn } from '../../../system/drbd/config/verify-alg.ts'
import { HAS_DIGEST, VERIFICATION_LOG } from '../../../system/nodes/drbd/verification.ts'
import type { FakeTool, ToolResult } from '../system.ts'
import { type FakeCluster, node as nodeOf, watched } from './cluster.ts'

/** DRBD of one cloud in the kernels of both sides; tests change it. */
export interface FakeVerification {
  state: 'Connected' | 'Verify' | 'Resync' | 'Apart'
  primary: string | undefined
  /** The side that compares. */
  comparing: string
  /** For how many looks at /proc/drbd a verification or resync goes on. */
  looks: number
  left: number
  /** How much differs on the disks, and how much of that DRBD knows. */
  differentKib: number
  markedKib: number
  /** By node: the algorithm in the kernel. */
  readonly algorithms: Map<string, string | undefined>
  /** Of the kernel of the side that compares. */
  readonly log: string[]
}

/** Lets the clouds of a cluster be verified; both sides are in sync, node1 is primary. */
export function verifiable(cluster: FakeCluster): ReadonlyMap<string, FakeVerification> {
  const { clouds } = readCluster(cluster.cib)
  const all = new Map(clouds.map(cloud => [cloud.name, initial(cloud)]))
  for (const node of cluster.nodes) {
    const { tools } = node.system
    const instead = (name: string, act: (...call: Parameters<FakeTool>) => ToolResult) => {
      const usual = tools.get(name)
      const own = watched(cluster, node.name, name, act)
      tools.set(name, (args, options) =>
        isMeant(name, args, options.input) ? own(args, options) : (usual?.(args, options) ?? 127),
      )
    }
    instead('cat', args => {
      for (const one of all.values()) look(one)
      // no side has a marker of a split brain
      return { status: args.length > 1 ? 1 : 0, stdout: procDrbd(node.name, clouds, all) }
    })
    instead('drbdadm', args => {
      const cloud = clouds.find(({ name }) => name === args.at(-1))
      const one = all.get(cloud?.name ?? '')
      if (cloud === undefined || one === undefined) return { status: 10, stderr: 'not defined in your config\n' }
      return drbdadm(cluster, node.name, { cloud, one, verb: args.slice(0, -1).join(' ') })
    })
    instead('drbdsetup', ([, name = '']) => {
      const algorithm = all.get(name)?.algorithms.get(node.name)
      const option = algorithm === undefined ? '' : `\n        verify-alg      \t"${algorithm}";`
      const stdout = `resource ${name} {\n    net {\n        shared-secret   \t"s3cret";${option}\n    }\n}\n`
      return { status: 0, stdout }
    })
    instead('sh', (args, { input }) => {
      if (input === HAS_DIGEST) return args.at(-1) === 'crc32c' ? 0 : 1
      const cloud = clouds.find(({ minor }) => `${minor}` === args.at(-1))
      const one = all.get(cloud?.name ?? '')
      const lines = one?.comparing === node.name ? one.log : []
      return { status: 0, stdout: lines.map(line => `[ 12.3] block drbd${cloud?.minor}: ${line}\n`).join('') }
    })
  }
  return all
}

function isMeant(tool: string, args: readonly string[], input = ''): boolean {
  if (tool === 'cat') return args[0] === '/proc/drbd'
  if (tool === 'drbdsetup') return args[0] === 'show'
  if (tool === 'sh') return input === HAS_DIGEST || input === VERIFICATION_LOG
  return ['--', 'adjust', 'connect', 'disconnect'].includes(args[0] ?? '')
}

function initial({ storageNodes: [first, second] }: Cloud): FakeVerification {
  return {
    state: 'Connected',
    primary: first,
    comparing: second,
    looks: 2,
    left: 0,
    differentKib: 0,
    markedKib: 0,
    algorithms: new Map([
      [first, 'crc32c'],
      [second, 'crc32c'],
    ]),
    log: [],
  }
}

/** Time passes by looking. */
function look(one: FakeVerification): void {
  if (one.state !== 'Verify' && one.state !== 'Resync') return
  one.left -= 1
  if (one.left > 0) return
  if (one.state === 'Verify') {
    one.markedKib = one.differentKib
    one.log.push('Online verify done (total 12 sec; paused 0 sec; 8192 K/sec)')
    if (one.markedKib > 0) one.log.push(`Online verify found ${one.markedKib / 4} 4k block out of sync!`)
  } else {
    one.differentKib -= one.markedKib
    one.markedKib = 0
  }
  one.state = 'Connected'
}

interface Call {
  readonly cloud: Cloud
  readonly one: FakeVerification
  readonly verb: string
}

/** As the kernel does it: a connected side tells the other one its algorithm, and sides with different ones do not connect. */
function drbdadm(cluster: FakeCluster, name: string, { cloud, one, verb }: Call): ToolResult {
  const { algorithms } = one
  if (verb.startsWith('--')) return verify(name, one, verb)
  switch (verb) {
    case 'adjust':
      algorithms.set(name, fileAlgorithm(cluster, name, cloud))
      if (one.state !== 'Apart') for (const other of cloud.storageNodes) algorithms.set(other, algorithms.get(name))
      return 0
    case 'disconnect':
      one.state = 'Apart'
      return 0
    case 'connect':
      if (new Set(algorithms.values()).size > 1) return { status: 0, stderr: 'Different verify-alg settings\n' }
      if (one.state === 'Apart') Object.assign(one, { state: 'Resync', left: one.looks })
      return 0
    default:
      return { status: 1, stderr: `unknown command ${verb}\n` }
  }
}

function verify(name: string, one: FakeVerification, verb: string): ToolResult {
  if (verb === '-- --stop=0 verify') {
    one.state = 'Connected'
    one.log.push('Online verify done (total 1 sec; paused 0 sec; 8192 K/sec)', 'Online Verify reached sector 4096')
    return 0
  }
  if (one.algorithms.get(name) === undefined)
    return { status: 11, stderr: 'State change failed: (-14) Need a verify-alg\n' }
  if (one.state === 'Verify') return 0
  if (one.state !== 'Connected') return { status: 11, stderr: 'State change failed: (-15) Need a connection\n' }
  Object.assign(one, { state: 'Verify', left: one.looks, comparing: name })
  one.log.push('Starting Online Verify from sector 0')
  return 0
}

/** The algorithm in the file on a node, which a reset would bring into its kernel. */
export function fileAlgorithm(cluster: FakeCluster, name: string, cloud: Cloud): string | undefined {
  const text = nodeOf(cluster, name).system.read(`/etc/drbd.d/${cloud.name}.res`)
  return parseDrbdConfig(text)
    .map(verifyAlgIn)
    .find(found => found !== undefined)
}

function procDrbd(name: string, clouds: readonly Cloud[], all: ReadonlyMap<string, FakeVerification>): string {
  const lines = clouds
    .filter(({ storageNodes }) => storageNodes.includes(name))
    .map(cloud => ` ${cloud.minor}: ${lineOf(name, cloud, all.get(cloud.name))}\n`)
  return `version: 8.4.11 (api:1/proto:86-101)\n${lines.join('')}`
}

function lineOf(name: string, cloud: Cloud, one: FakeVerification | undefined): string {
  if (one === undefined) return 'cs:Unconfigured'
  const { state, primary, comparing, markedKib, looks, left } = one
  const other = cloud.storageNodes.find(node => node !== name) ?? ''
  const role = (node: string) => (node === primary ? 'Primary' : 'Secondary')
  const isPrimary = name === primary
  const roles = `ro:${role(name)}/${role(other)}`
  const rest = `C r-----\n    ns:0 oos:${markedKib}`
  const done = ((1 - left / looks) * 100).toFixed(1)
  if (state === 'Connected') return `cs:Connected ${roles} ds:UpToDate/UpToDate ${rest}`
  if (state === 'Verify')
    return `cs:${name === comparing ? 'VerifyS' : 'VerifyT'} ${roles} ds:UpToDate/UpToDate ${rest}\n\t[>....] verified: ${done}% (1/2)K`
  if (state === 'Resync')
    return `cs:${isPrimary ? 'SyncSource' : 'SyncTarget'} ${roles} ds:${isPrimary ? 'UpToDate/Inconsistent' : 'Inconsistent/UpToDate'} ${rest}\n\t[>....] sync'ed: ${done}% (1/2)K`
  return isPrimary
    ? `cs:WFConnection ro:Primary/Unknown ds:UpToDate/Outdated ${rest}`
    : `cs:StandAlone ro:Secondary/Unknown ds:Outdated/DUnknown ${rest}`
}
