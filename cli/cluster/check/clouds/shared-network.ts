import type { Cloud } from '../../../../cloud/cloud.ts'
import { listedNames } from '../../../../cloud/listed-names.ts'
import { isIn, type Subnet, subnetOf } from '../../../../cloud/subnets.ts'
import { addressOf } from '../../../../system/addresses.ts'
import { listIn, objectsIn, parseJson, textIn } from '../../../../system/nodes/json.ts'
import type { Examination } from '../../examine/examination.ts'
import { type Finding, warning } from '../../examine/finding.ts'
import type { Evidence } from '../evidence.ts'

/**
 * Storages without CHAP in a shared network. Its nodes cannot see whether a network has other hosts, but they can see a router,
 * through which hosts of other networks can reach it. So a storage network counts as dedicated as long as no node routes anything
 * through its interface there.
 */
export function sharedNetworkFindings({
  cluster,
  examinations,
}: Pick<Evidence, 'cluster' | 'examinations'>): Finding[] {
  const open = cluster.clouds.filter(({ chap }) => chap === undefined)
  if (open.length === 0) return []
  const nodes = examinations.map(routesOf)
  const groups = Map.groupBy(open, cloud => nodes.flatMap(routes => routedInterfaces(cloud, routes)).join(', '))
  return [
    ...[...groups].flatMap(([where, clouds]) => (where === '' ? [] : [sharedNetwork(where, clouds)])),
    ...nodes.flatMap(({ node, fault }) =>
      fault === undefined ? [] : [warning(`its routes cannot be read: ${fault}`, 'check "ip -json route"', node)],
    ),
  ]
}

function sharedNetwork(where: string, clouds: readonly Cloud[]): Finding {
  const names = clouds.map(({ name }) => name)
  return warning(
    `the storage network of ${listedNames(names)} has a router (reached through ${where}): without CHAP, a host elsewhere can log in under an initiator's name`,
    `use a dedicated network, or run "vhacs storage --setchap ${names.join(',')} --interrupt" (unmounts meanwhile)`,
  )
}

interface Routes {
  readonly node: string
  /** Its interfaces, each with its addresses. */
  readonly interfaces: readonly { readonly name: string; readonly addresses: readonly string[] }[]
  /** The interfaces through which it reaches routers. */
  readonly routed: readonly string[]
  /** Why the routes cannot be read. */
  readonly fault?: string
}

function routesOf({ node, sections }: Examination): Routes {
  try {
    return {
      node,
      interfaces: interfacesIn(sections.get('links') ?? ''),
      routed: routedIn(sections.get('routes') ?? ''),
    }
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown
    return { node, interfaces: [], routed: [], fault: thrown.message }
  }
}

function interfacesIn(json: string): Routes['interfaces'] {
  return objectsIn(parseJson(json)).map(link => ({
    name: textIn(link, 'ifname'),
    addresses: listIn(link, 'addr_info').flatMap(({ local }) => (typeof local === 'string' ? [local] : [])),
  }))
}

/** The interfaces through which routers are reached: each line is the output of one `ip -json route`. @throws RangeError */
function routedIn(text: string): string[] {
  const routes = text.split('\n').flatMap(line => objectsIn(parseJson(line)))
  return routes.flatMap(route =>
    // the nexthops of a multipath route are listed inside it
    [route, ...listIn(route, 'nexthops')].flatMap(way => {
      const isRouted = 'gateway' in way || 'via' in way || route.dst === 'default'
      return isRouted && typeof way.dev === 'string' ? [way.dev] : []
    }),
  )
}

/** Such as `eth1 of node1`. */
function routedInterfaces(cloud: Cloud, { node, interfaces, routed }: Routes): string[] {
  const subnet = subnetAt(cloud)
  return interfaces.flatMap(({ name, addresses }) => {
    const isItsNetwork = addresses.some(text => {
      const address = addressOf(text)
      return subnet !== undefined && address !== undefined && isIn(subnet, address)
    })
    return isItsNetwork && routed.includes(name) ? [`${name} of ${node}`] : []
  })
}

function subnetAt({ address, prefixLength }: Cloud): Subnet | undefined {
  const found = addressOf(address)
  return found && subnetOf({ family: found.family, first: found.number, last: found.number, prefixLength })
}
