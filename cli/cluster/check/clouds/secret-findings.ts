import type { Cluster } from '../../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { resourceFile } from '../../../../system/drbd/config/files.ts'
import type { Section } from '../../../../system/drbd/config/syntax.ts'
import { appliedResource, resourceFiles } from '../../examine/drbd-files.ts'
import type { Examination } from '../../examine/examination.ts'
import { error, type Finding, warning } from '../../examine/finding.ts'

/** Storages whose two sides do not, or cannot, authenticate each other. No finding contains a secret. */
export function secretFindings(examinations: readonly Examination[], { clouds }: Cluster): Finding[] {
  const files = new Map(examinations.map(examined => [examined.node, resourceFiles(examined)]))
  return clouds.flatMap(({ name, storageNodes }) => {
    const found = storageNodes.flatMap(node => {
      const resource = files.get(node)?.get(name)?.resource
      // an unreadable or missing file is a finding of its own
      return resource === undefined || typeof resource === 'string' ? [] : [{ node, secret: secretIn(resource) }]
    })
    const secrets = found.map(({ secret }) => secret)
    if (secrets.includes(undefined)) {
      const what = `the replication of ${name} is not authenticated: ${resourceFile(name)} has no shared-secret`
      return [warning(what, `vhacs storage --setsecret ${name} (I/O continues)`)]
    }
    if (new Set(secrets).size < 2) return unappliedFindings({ name, storageNodes }, secrets[0], examinations)
    const other = found.find(({ secret }) => secret !== secrets[0])?.node
    const what = `${resourceFile(name)} has another shared-secret on ${found[0]?.node} than on ${other}: they cannot connect`
    return [error(what, `vhacs storage --setsecret ${name}`)]
  })
}

/** What a "--setsecret" that was killed has left: DRBD goes on with what it was told before, until a side is restarted. */
function unappliedFindings(
  { name, storageNodes }: Pick<Cloud, 'name' | 'storageNodes'>,
  secret: string | undefined,
  examinations: readonly Examination[],
): Finding[] {
  const nodes = examinations.flatMap(examined => {
    const connection = storageNodes.includes(examined.node) ? connectionIn(examined, name) : undefined
    if (connection === undefined || isHidden(connection)) return []
    return secretIn(connection) === secret ? [] : [examined.node]
  })
  if (secret === undefined || nodes.length === 0) return []
  const what = `DRBD of ${name} does not use the shared-secret of ${resourceFile(name)} on ${nodes.join(' and ')}: the two sides cannot connect once one is restarted`
  return [error(what, `vhacs storage --setsecret ${name} (I/O goes on)`)]
}

/** What the kernel uses to connect the resource: DRBD 9 has a section for each peer. Undefined where it does not connect. */
function connectionIn(examined: Examination, name: string): Section | undefined {
  const resource = appliedResource(examined, name)
  const has = (word: string) => resource?.children.find(({ words }) => words[0] === word)
  return has('_remote_host') === undefined ? has('connection') : resource
}

/** Undefined where DRBD would not use one. */
function secretIn(resource: Section): string | undefined {
  return netOption(resource, 'cram-hmac-alg') === undefined ? undefined : netOption(resource, 'shared-secret')
}

/** The kernel shows the secret to root alone. */
function isHidden(connection: Section): boolean {
  return netOption(connection, 'cram-hmac-alg') !== undefined && netOption(connection, 'shared-secret') === undefined
}

function netOption({ children }: Section, option: string): string | undefined {
  const options = children.filter(({ words }) => words[0] === 'net').flatMap(net => net.children)
  return options.findLast(({ words }) => words[0] === option)?.words[1]
}
