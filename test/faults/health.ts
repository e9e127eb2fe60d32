import { parseClusterStatus } from '../../cloud/pacemaker/cluster-status.ts'
import type { Json } from '../../system/json.ts'
import { listIn, objectOf, objectsIn, parseJson, textIn } from '../../system/nodes/json.ts'
import { script } from '../../system/nodes/script.ts'
import { nameOf, numberOf, tryOn } from './lab.ts'
import { INFO, VSERVERS } from './layout.ts'

/* Whether the cluster is as it was before anything was broken: what an administrator would look at. */

export const MONITOR = script`crm_mon -1 --output-as=xml`

/** What is not as it should be; nothing when all is well. */
export async function healthFindings(nodes: readonly number[]): Promise<string[]> {
  const asked = nodes[0] ?? 1
  const [monitor, info, vservers] = await Promise.all([
    tryOn(asked, MONITOR),
    tryOn(asked, INFO),
    tryOn(asked, VSERVERS),
  ])
  if (monitor.status !== 0) return [`${nameOf(asked)}: crm_mon: status ${monitor.status}: ${monitor.stderr}`]
  const cluster = clusterFindings(monitor.stdout, nodes)
  if (info.stdout.trim() === '') return [...cluster, `${nameOf(asked)}: storage --info: ${info.stderr}`]
  if (vservers.stdout.trim() === '') return [...cluster, `${nameOf(asked)}: vserver --list: ${vservers.stderr}`]
  return [...cluster, ...storageFindings(info.stdout), ...(await containerFindings(vservers.stdout))]
}

const RUNS = script`grep -q . "/sys/fs/cgroup/machine.slice/vhacs-nspawn-$1.service/payload/cgroup.procs"`

/** Of what `vserver --list --json` prints, and of the kernel: Pacemaker reports a container as soon as its start begins. */
async function containerFindings(text: string): Promise<string[]> {
  const found = objectsIn(objectOf(parseJson(text)).vservers, 'vservers').map(async vserver => {
    const name = textIn(vserver, 'name')
    if (vserver.container === null) return [`the container ${name} does not run`]
    const node = textIn(objectOf(vserver.container), 'node')
    const { status } = await tryOn(numberOf(node), RUNS, name)
    return status === 0 ? [] : [`the container ${name} has no process on ${node}`]
  })
  return (await Promise.all(found)).flat()
}

/** Of what crm_mon prints as XML. */
export function clusterFindings(text: string, nodes: readonly number[]): string[] {
  const { haStatus, failures } = parseClusterStatus(text)
  const states = nodes.map(nameOf).map(node => ({ node, state: haStatus.get(node) ?? 'missing' }))
  return [
    ...states.filter(({ state }) => state !== 'online').map(({ node, state }) => `${node} is ${state}`),
    ...failures.map(({ resource, node, action, reason }) => `${resource}: ${action} failed on ${node}: ${reason}`),
  ]
}

/** Of what `storage --info ALL --json` prints. @throws RangeError for anything else. */
export function storageFindings(text: string): string[] {
  return objectsIn(objectOf(parseJson(text)).storages, 'storages').flatMap(storage => {
    const name = textIn(storage, 'name')
    return findingsOf(storage).map(reason => `${name} ${reason}`)
  })
}

function findingsOf(storage: Json): string[] {
  return [
    ...(storage.target === null ? ['is not exported'] : []),
    ...(storage.mount === null ? ['is not mounted'] : []),
    ...listIn(storage, 'sides').flatMap(sideFindings),
    ...listIn(storage, 'fences').map(fence => `has the fence constraint ${textIn(fence, 'id')}`),
    ...listIn(storage, 'failures').map(failure => `has a failure: ${textIn(failure, 'reason')}`),
    ...problemsIn(storage),
    ...(storage.isReady === true ? [] : ['is not ready for a takeover']),
  ]
}

function sideFindings(side: Json): string[] {
  const node = textIn(side, 'node')
  const replication = objectOf(side.replication)
  if (replication.problem !== undefined) return [`on ${node}: ${textIn(replication, 'problem')}`]
  const [connection, disk] = [textIn(replication, 'connection'), textIn(replication, 'disk')]
  return connection === 'Connected' && disk === 'UpToDate' ? [] : [`on ${node} is ${connection}, ${disk}`]
}

function problemsIn(storage: Json): string[] {
  return Array.isArray(storage.problems) ? storage.problems.map(problem => `has a problem: ${String(problem)}`) : []
}
