import { expect, test } from 'vitest'
import { addressAllocator, minorAllocator } from '../../../cloud/allocate/numbers.ts'
import type { Candidate } from '../../../cloud/allocate/room.ts'
import { planChanges } from '../../../cloud/change/plan.ts'
import { createPatch } from '../../../cloud/cib/cloud-patches.ts'
import { cloudNames, readCloud } from '../../../cloud/cib/read/cloud.ts'
import { clusterIn, readCluster } from '../../../cloud/cib/read/cluster.ts'
import { readFile } from '../../../cloud/file/read-file.ts'
import { isMovable } from '../../../cloud/readiness/obstacles/obstacles.ts'
import { EMPTY_CONTEXT } from '../../../cloud/resolve/context.ts'
import { resolve } from '../../../cloud/resolve/resolve.ts'
import { type AddressRange, parseAddressRange } from '../../../cloud/subnets.ts'
import { child, type Element, parseXml } from '../../../cloud/xml.ts'
import { cibOf } from './cib.ts'
import { c0 } from './examples.ts'
import { place } from './placements.ts'

/** A copy of the element that counts each access to the children or the attributes of it or of any element below. */
function counted(original: Element, count: () => void): Element {
  const children = original.children.map(item => counted(item, count))
  return {
    ...original,
    get attributes() {
      count()
      return original.attributes
    },
    get children() {
      count()
      return children
    },
  }
}

/** How many accesses it takes to read that many clouds from a CIB. */
function accessesFor(clouds: number): number {
  const all = Array.from({ length: clouds }, (_, minor) => ({ ...c0, name: `c${minor}`, minor }))
  const original = child(parseXml(cibOf({ clouds: all, nodes: ['node1', 'node2'] })), 'configuration')
  if (!original) throw new Error('the CIB has no configuration')
  let looks = 0
  const configuration = counted(original, () => {
    looks += 1
  })
  const read = cloudNames(configuration).map(name => readCloud(name, configuration))
  expect(read.filter(reading => 'cloud' in reading)).toHaveLength(clouds)
  return looks
}

/** The CIB of a cluster with that many clouds, and a file with these and as many new ones. */
function cibAndFile(clouds: number) {
  const present = Array.from({ length: clouds }, (_, minor) => {
    return { ...c0, name: `c${minor}`, minor, address: `10.77.${2 + Math.floor(minor / 250)}.${1 + (minor % 250)}` }
  })
  const cib = cibOf({ clouds: present, nodes: ['node1', 'node2'] })
  const { configuration } = readFile(`
networks: {storage: {addresses: 10.77.0.100-10.77.250.199/16}}
nodes: [{name: node1, roles: [storage, vhost], initiator: "iqn.2026-01.org.example:one"}, {name: node2, roles: [storage]}]
clouds:
${present.map(({ name, minor }) => `  - {name: ${name}}\n  - {name: new${name}, size: 1G, minor: ${5000 + minor}, address: 10.77.200.${1 + minor}}\n`).join('')}
`)
  const root = child(parseXml(cib), 'configuration')
  if (!configuration || !root) throw new Error('the file or the CIB cannot be read')
  return { cib, configuration, root }
}

test('resolving a file with four times as many clouds looks four times as often at the existing ones', () => {
  const looks = (clouds: number) => {
    const { cib, configuration } = cibAndFile(clouds)
    const cluster = readCluster(cib)
    let count = 0
    const look = <T extends object>(cloud: T, key: PropertyKey) => {
      count += 1
      return Reflect.get(cloud, key)
    }
    const watched = cluster.clouds.map(cloud => new Proxy(cloud, { get: look }))
    const context = { ...EMPTY_CONTEXT, cluster: { ...cluster, clouds: watched } }
    const { problems, clouds: resolved } = resolve(configuration, context)
    expect(problems).toEqual([])
    expect(resolved).toHaveLength(2 * clouds)
    return count
  }

  expect(looks(64) / looks(16)).toBeLessThan(4.4)
})

test('comparing a file with four times as many clouds looks four times as often at the CIB', () => {
  const looks = (clouds: number) => {
    const { cib, configuration, root } = cibAndFile(clouds)
    const cluster = readCluster(cib)
    const { clouds: resolved } = resolve(configuration, { ...EMPTY_CONTEXT, cluster })
    let count = 0
    const watched = counted(root, () => {
      count += 1
    })
    const plan = planChanges(watched, cluster, configuration, { clouds: resolved })
    expect(plan.changed).toHaveLength(clouds)
    return count
  }

  expect(looks(64) / looks(16)).toBeLessThan(4.4)
})

test('reading four times as many clouds looks four times as often at the CIB', () => {
  expect(accessesFor(64) / accessesFor(16)).toBeLessThan(4.4)
})

test('allocating four times as many addresses looks at four times as many numbers', () => {
  const steps = (count: number) => {
    let looks = 0
    const range = parseAddressRange('10.77.0.10-10.77.9.250/16')
    // every number is compared with the end of the range
    const watched: AddressRange = {
      ...range,
      get last() {
        looks += 1
        return range.last
      },
    }
    const take = addressAllocator([])
    for (let index = 0; index < count; index += 1) take(watched)
    return looks
  }

  expect(steps(400) / steps(100)).toBeLessThan(4.4)
})

test('allocating minors looks only once at those in use', () => {
  let looks = 0
  const used = {
    *[Symbol.iterator]() {
      for (let minor = 0; minor < 100; minor += 1) {
        looks += 1
        yield minor
      }
    },
  }
  const take = minorAllocator(used)

  expect(Array.from({ length: 100 }, take)).toEqual(Array.from({ length: 100 }, (_, index) => 100 + index))
  expect(looks).toBe(100)
})

test('placing four times as many clouds looks four times as often at the nodes', () => {
  const looksAtNodes = (count: number) => {
    let looks = 0
    const nodes = ['node1', 'node2', 'node3', 'node4'].map(
      (name): Candidate => ({
        name,
        get roles() {
          looks += 1
          return ['storage', 'vhost'] as const
        },
        freeBytes: undefined,
      }),
    )
    const request = {
      name: 'c',
      sizeBytes: 1,
      volumeGroup: 'vhacs',
      storageNodes: undefined,
      preferredVhosts: undefined,
    }
    place(
      Array.from({ length: count }, () => request),
      nodes,
    )
    return looks
  }

  expect(looksAtNodes(128) / looksAtNodes(32)).toBeLessThan(4.4)
})

test('the patch that adds a cloud has the same length regardless of existing clouds', () => {
  const lengths = [0, 1, 500].map(
    minor => createPatch({ ...c0, name: `c${String(minor).padStart(3, '0')}`, minor }).length,
  )

  expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThan(50)
})

test('judging whether four times as many clouds can move looks four times as often at the CIB', () => {
  const looks = (clouds: number) => {
    const all = Array.from({ length: clouds }, (_, minor) => ({ ...c0, name: `c${minor}`, minor }))
    const original = parseXml(cibOf({ clouds: all, nodes: ['node1', 'node2'] }))
    let count = 0
    const cib = counted(original, () => {
      count += 1
    })
    const situation = {
      cib,
      cluster: clusterIn(original),
      haStatus: new Map(['node1', 'node2'].map(node => [node, 'online' as const])),
      fences: new Set<string>(),
    }
    expect(all.every(cloud => isMovable(situation, cloud, 'export', 'node1'))).toBe(true)
    expect(all.every(cloud => isMovable(situation, cloud, 'mount', 'node2'))).toBe(true)
    return count
  }

  expect(looks(64) / looks(16)).toBeLessThan(4.4)
})
