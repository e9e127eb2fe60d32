import { expect } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { readFile } from '../../../../cloud/file/read-file.ts'
import type { Path } from '../../../../cloud/problem.ts'
import type { NodeFacts, ResolveContext } from '../../../../cloud/resolve/context.ts'
import { type Resolution, resolve } from '../../../../cloud/resolve/resolve.ts'
import { parseAddressRange } from '../../../../cloud/subnets.ts'
import { cibOf, withNodeAttribute } from '../cib.ts'
import { c0 as example } from '../examples.ts'

export const GIB = 2 ** 30
export const names = ['node1', 'node2', 'node3']

export const initiatorOf = (node: string) => `iqn.2004-10.com.debian:${node}`

/** A cloud that all three nodes may mount. */
export const c0: Cloud = { ...example, initiators: names.map(initiatorOf) }

/** What a node with an empty volume group reports. */
export function factsOf(node: string, change: Partial<NodeFacts> & { readonly freeBytes?: number } = {}): NodeFacts {
  const { freeBytes = 10 * GIB, ...others } = change
  return {
    node,
    volumeGroups: [{ name: 'vhacs', freeBytes, extentBytes: 4 * 2 ** 20, volumes: {} }],
    drbd: [],
    initiator: initiatorOf(node),
    serviceAddresses: parseAddressRange('10.77.1.100-10.77.1.109/24'),
    ...others,
  }
}

/** The CIB of a cluster whose nodes may all hold data and mount. */
export function cibWith(clouds: readonly Cloud[], nodes: readonly string[] = names): string {
  return nodes.reduce(
    (text, name) => withNodeAttribute(text, name, 'vhacs-storage', 'true'),
    cibOf({ clouds, nodes: [...nodes] }),
  )
}

/** Three nodes with both roles that have reported their facts, and these clouds. */
export function context(clouds: readonly Cloud[] = [c0], change: Partial<ResolveContext> = {}): ResolveContext {
  return {
    cluster: readCluster(cibWith(clouds)),
    facts: names.map(name => factsOf(name)),
    unreachable: [],
    usedAddresses: [],
    creating: true,
    adopting: false,
    ...change,
  }
}

/** Resolves the configuration in a file. */
export function resolved(file: string, against = context()): Resolution {
  const { configuration, problems } = readFile(file)
  if (!configuration || problems.length > 0) throw new Error(JSON.stringify(problems))
  return resolve(configuration, against)
}

/** The resolved clouds; there must be no problems. */
export function cloudsOf({ clouds, problems }: Resolution): Cloud[] {
  expect(problems).toEqual([])
  return clouds.map(({ cloud }) => cloud)
}

/** The problems as `clouds[0].size: size is missing …`. */
export function problemLines({ problems }: Resolution): string[] {
  return problems.map(({ path, message }) => `${pathText(path)}: ${message}`)
}

function pathText(path: Path): string {
  return path
    .map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .slice(1)
}
