import type { FakeTool } from '../system.ts'
import type { FakeCluster } from './cluster.ts'

/** crm_resource: --cleanup, --move and --clear of a group or clone; each takes effect at once. */
export function crmResource(cluster: FakeCluster): FakeTool {
  return ([verb, , resource = '', , node = '']) => {
    if (verb === '--wait') return 0
    const cloud = resource.replace(/-(mount|export|drbd-clone|lvm-clone|vserver)$/, '')
    if (verb === '--cleanup') {
      const members = MEMBERS[resource.slice(cloud.length)]?.map(member => `${cloud}${member}`) ?? []
      const isMeant = (failure: FakeCluster['failures'][number]) => node === '' || failure.node === node
      cluster.failures = cluster.failures.filter(failure => !(members.includes(failure.resource) && isMeant(failure)))
      return 0
    }
    if (verb === '--clear') return 0
    if (verb !== '--move') return { status: 64, stderr: `crm_resource: unknown option ${verb}\n` }
    const { active } = cluster
    const moved = [`${cloud}-session`, `${cloud}-filesystem`]
    if (active().some(found => moved.includes(found.id) && found.node === node))
      return { status: 108, stderr: 'crm_resource: Error performing operation: Requested item already exists\n' }
    cluster.active = () => active().map(found => (moved.includes(found.id) ? { ...found, node } : found))
    return 0
  }
}

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  '-mount': ['-session', '-filesystem'],
  '-export': ['-target', '-address'],
  '-drbd-clone': ['-drbd'],
  '-lvm-clone': ['-lvm'],
  '-vserver': ['-ip', '-container'],
}
