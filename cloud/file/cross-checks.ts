import type { Configuration, WantedCloud } from '../configuration.ts'
import type { Path, Problem } from '../problem.ts'

/** Contradictions between parts of a configuration. */
export function contradictions(configuration: Configuration): Problem[] {
  const { clouds, nodes, vservers } = configuration
  const unique = (key: 'address' | 'minor' | 'directory' | 'iqn') =>
    repeated(clouds.map(cloud => cloud[key])).map(({ index, first }) => ({
      path: ['clouds', index, key],
      message: `${key} ${clouds[index]?.[key]} is already used by ${clouds[first]?.name}: give each cloud its own`,
    }))
  return [
    ...repeated(nodes.map(({ name }) => name)).map(({ index }) => ({
      path: ['nodes', index, 'name'],
      message: `node ${nodes[index]?.name} is listed twice: write one entry for it`,
    })),
    // target names are in lower case, so two clouds must not differ only in case
    ...repeated(clouds.map(({ name }) => name.toLowerCase())).map(({ index, first }) => ({
      path: ['clouds', index, 'name'],
      message: `a cloud named ${clouds[first]?.name} already exists: choose another name`,
    })),
    ...(['address', 'minor', 'directory', 'iqn'] as const).flatMap(unique),
    // names of machines, which are those of hosts
    ...repeated(vservers.map(({ name }) => name.toLowerCase())).map(({ index, first }) => ({
      path: ['vservers', index, 'name'],
      message: `a vserver named ${vservers[first]?.name} already exists: choose another name`,
    })),
    ...clouds.flatMap((cloud, index) => equalSecrets(cloud, ['clouds', index, 'chap', 'mutual', 'secret'])),
  ]
}

/** The items that repeat an earlier one, each with the index of the earlier one. */
function repeated(items: readonly (string | number | undefined)[]): { index: number; first: number }[] {
  const firsts = new Map<string | number, number>()
  return items.flatMap((item, index) => {
    if (item === undefined) return []
    const first = firsts.get(item)
    if (first !== undefined) return [{ index, first }]
    firsts.set(item, index)
    return []
  })
}

/** The same file for both secrets makes them equal, which initiators refuse (RFC 7143, section 9.2.1). */
function equalSecrets({ chap }: WantedCloud, path: Path): Problem[] {
  if (chap === undefined || chap === 'none' || chap.target === undefined) return []
  const { initiator, target } = chap
  if (!target.secret.startsWith('/') || target.secret !== initiator.secret) return []
  return [{ path, message: `the secrets of initiator and target must differ: name another file than ${target.secret}` }]
}
