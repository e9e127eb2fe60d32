import type { WantedCloud } from '../../configuration.ts'
import { NAME_RANGE } from '../../names.ts'
import { type Path, type Problem, problemIf } from '../../problem.ts'
import { formatSize } from '../../sizes.ts'
import type { KnownCluster, KnownNode, ResolveContext } from '../context.ts'
import type { UsedValues } from '../used-values.ts'

/** ext3 has 32 bits for the numbers of its blocks, of 4 KiB each. */
const LARGEST_BYTES = 16 * 2 ** 40

/** Requirements that a new cloud cannot be created without. */
export function missingRequirements(
  { sizeBytes, address, prefixLength }: WantedCloud,
  { nodes, range, hasData }: KnownCluster & { readonly hasData: boolean },
  context: Pick<ResolveContext, 'unreachable'>,
  path: Path,
): Problem[] {
  const vhosts = nodes.filter(({ roles }) => roles.includes('vhost'))
  const lacksSize = sizeBytes === undefined && !hasData
  const lacksAddress = range === undefined && (address === undefined || prefixLength === undefined)
  const isTooLarge = sizeBytes !== undefined && sizeBytes > LARGEST_BYTES && !hasData
  return [
    ...problemIf(isTooLarge, [...path, 'size'], `size is ${formatSize(sizeBytes ?? 0)}: ext3 holds at most 16T`),
    ...problemIf(lacksSize, [...path, 'size'], 'size is missing, and the cloud is new: give one, as in 500M or 1.5G'),
    ...problemIf(
      vhosts.length === 0,
      ['nodes'],
      'no node has the vhost role, so nothing could mount a cloud: give it to some nodes (vhacs node --setrole)',
    ),
    ...unknownInitiators(vhosts, context),
    ...problemIf(
      lacksAddress,
      ['networks'],
      'there are no addresses for new clouds: put free ones of the storage network into /etc/vhacs.conf, as in SERVICE_ADDRESSES = "10.77.1.100-10.77.1.199/24", or into a file of clouds, as networks: storage: addresses:',
    ),
  ]
}

function unknownInitiators(
  vhosts: readonly KnownNode[],
  { unreachable }: Pick<ResolveContext, 'unreachable'>,
): Problem[] {
  const unknown = vhosts.filter(({ initiator }) => initiator === undefined)
  if (unknown.length === 0) return []
  const reasons = unknown.flatMap(({ name }) => unreachable.filter(({ node }) => node === name))
  const why = reasons.map(reason => ` (${reason.why})`).join()
  const names = unknown.map(({ name }) => name).join(', ')
  return [
    {
      path: ['nodes'],
      ...(reasons.length === unknown.length && { isUnreachable: true as const }),
      message: `the iSCSI initiator name of ${names} is not known${why}: it is in /etc/iscsi/initiatorname.iscsi there, and can be given under nodes in a file`,
    },
  ]
}

interface Names {
  readonly used: UsedValues
  /** Whether data of a detached cloud of that name exist. */
  readonly hasData: boolean
}

/** A name of a new cloud that something unchangeable already has, or that would be read as a range of names. */
export function nameProblem({ name }: WantedCloud, { used, hasData }: Names, path: Path): Problem[] {
  const namePath = [...path, 'name']
  const incomplete = used.incomplete(name)
  if (incomplete)
    return [
      { path: namePath, message: `${name} differs from what vhacs creates (${incomplete.why}): repair it by hand` },
    ]
  // target names are in lower case
  const similar = used.similarName(name)
  if (similar !== undefined)
    return [{ path: namePath, message: `a cloud named ${similar} already exists: choose another name` }]
  // a detached cloud already has its name
  const isRange = !hasData && NAME_RANGE.test(name)
  const message = `a cloud named ${name} could be taken for a range of clouds, as in c1-3: choose a name that does not end in a number, a dash and a number`
  return problemIf(isRange, namePath, message)
}
