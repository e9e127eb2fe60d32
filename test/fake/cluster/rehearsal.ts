import { readCluster } from '../../../cloud/cib/read/cluster.ts'
import { decisionsIn } from '../../../cloud/pacemaker/decisions.ts'
import { placesAfter } from '../../../cloud/pacemaker/places-after.ts'
import { partPlaces } from '../../../cloud/readiness/part.ts'
import { parseXml } from '../../../cloud/xml.ts'
import { planned } from '../../unit/cloud/pacemaker.ts'
import type { FakeTool } from '../system.ts'
import { type FakeCluster, watched } from './cluster.ts'
import { withHistory } from './history.ts'

/** What a vhost shows of its disk; tests change it. */
export interface FakeDisk {
  /** By the node that exports it: facts that differ from the usual ones. */
  readonly facts: Map<string, Readonly<Record<string, string>>>
  /** The pauses of the moves, in their order. */
  pauses: readonly number[]
  /** Lines that a watch prints as well. */
  readonly lines: string[]
}

/** Makes Pacemaker's scheduler decide where the resources of a cluster run, and its vhosts show the disks of their sessions. */
export function rehearsable(cluster: FakeCluster): FakeDisk {
  followScheduler(cluster)
  const disk: FakeDisk = { facts: new Map(), pauses: [1.4, 1.2], lines: [] }
  const { clouds } = readCluster(cluster.cib)
  const inSync = clouds.map(
    ({ minor }) => ` ${minor}: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n    ns:0 oos:0\n`,
  )
  for (const node of cluster.nodes) {
    node.system.put('/proc/drbd', `version: 8.4.11 (api:1)\n${inSync.join('')}`)
    const { tools } = node.system
    const usual = tools.get('sh')
    const watches = new Map<string, () => void>()
    let moves = 0
    const sh: FakeTool = (args, options) => {
      const { input = '' } = options
      const [, , link = '', , third = ''] = args
      if (input.includes('scsi_id')) return { status: 0, stdout: factsText(cluster, disk, { link, directory: third }) }
      if (!input.includes('/proc/uptime')) return usual?.(args, options) ?? 127
      node.system.put(third, '')
      moves += 1
      const text = watchText(disk.pauses[(moves - 1) % disk.pauses.length] ?? 0, disk.lines)
      const { promise, resolve } = Promise.withResolvers<{ status: number; stdout: string }>()
      watches.set(third, () => resolve({ status: 0, stdout: text }))
      return promise
    }
    tools.set('sh', watched(cluster, node.name, 'sh', sh))
    const remove = tools.get('rm')
    tools.set('rm', async (args, options) => {
      const result = (await remove?.(args, options)) ?? 127
      if (result === 0) for (const path of args) watches.get(path)?.()
      return result
    })
  }
  return disk
}

/** From now on, what runs where is what the real scheduler decides about each change of the constraints. */
export function followScheduler(cluster: FakeCluster): void {
  let active = cluster.active()
  let seen = constraintsIn(cluster.cib)
  cluster.active = () => {
    const constraints = constraintsIn(cluster.cib)
    if (constraints === seen) return active
    seen = constraints
    const result = planned(withHistory(cluster.cib, active), cluster.system.now())
    active = placesAfter(active, decisionsIn(parseXml(result)))
    return active
  }
}

function constraintsIn(cib: string): string {
  return cib.slice(cib.indexOf('<constraints'), cib.indexOf('</constraints>'))
}

/** As system/nodes/disk/disk-facts.ts prints them on Debian 12. */
function factsText(
  cluster: FakeCluster,
  { facts }: FakeDisk,
  { link, directory }: { readonly link: string; readonly directory: string },
): string {
  const cloud = readCluster(cluster.cib).clouds.find(found => found.directory === directory)
  const exporter = (cloud && partPlaces(cloud, cluster.active()).export) ?? ''
  const all: Readonly<Record<string, string>> = {
    disk: '/dev/sda',
    session: 'session1',
    state: 'LOGGED_IN',
    target: link.replace(/^.*-iscsi-(.*)-lun-0$/, '$1'),
    portal: `${cloud?.address} 3260`,
    sectors: '131072',
    wwid: 'naa.6001405aabbccdd',
    'page 0x80': 'SLIO-ORG c0 aabbccdd',
    'page 0x83': '36001405aabbccdd',
    mount: '61 /dev/sda ext3 rw,noatime',
    ...facts.get(exporter),
  }
  return Object.entries(all)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('')
}

/** As system/nodes/disk/io-watch.ts prints it. */
function watchText(pause: number, more: readonly string[]): string {
  const at = (seconds: number) => (100 + seconds).toFixed(2)
  const lines = [
    `${at(0)} LOGGED_IN up running 10`,
    `${at(0.1)} LOGGED_IN up running 11`,
    `${at(0.2)} FAILED down blocked 11`,
    ...more,
    `${at(pause)} LOGGED_IN up running 11`,
    `${at(pause + 0.1)} LOGGED_IN up running 12`,
    `${at(pause + 0.2)} end`,
  ]
  return `${lines.join('\n')}\n`
}
