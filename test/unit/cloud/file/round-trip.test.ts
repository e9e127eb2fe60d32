import { assert, constantFrom, property, record, shuffledSubarray, uniqueArray } from 'fast-check'
import { expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../../cloud/cloud.ts'
import { compose } from '../../../../cloud/compose/compose.ts'
import type { Configuration } from '../../../../cloud/configuration.ts'
import { configurationOf } from '../../../../cloud/file/from-cluster.ts'
import { readFile } from '../../../../cloud/file/read-file.ts'
import { writeFile } from '../../../../cloud/file/write-file.ts'
import { EMPTY_CONTEXT } from '../../../../cloud/resolve/context.ts'
import { resolve } from '../../../../cloud/resolve/resolve.ts'
import { parseAddressRange } from '../../../../cloud/subnets.ts'
import { cibOf } from '../cib.ts'

const GIB = 2 ** 30
const names = ['node1', 'node2', 'node3', 'node4']
const initiators = new Map(names.map(name => [name, `iqn.2026-01.org.example:${name}`]))
const networks = { serviceAddresses: parseAddressRange('2001:db8::100-2001:db8::1ff/64'), replication: undefined }

/** Any that leaves something open. */
const configuration = uniqueArray(
  record({
    name: constantFrom('a', 'b', 'a-lvm', 'West-1', 'c0', 'c-'),
    storageNodes: constantFrom<Cloud['storageNodes'] | undefined>(
      undefined,
      ['node3', 'node1'],
      ['node2', 'node4'],
      ['node4', 'node1', 'node3'],
    ),
    preferredVhosts: constantFrom(undefined, [], ['node4'], ['node2', 'node1']),
    mountOptions: constantFrom(undefined, '', 'ro,noatime'),
    moreInitiators: shuffledSubarray(['iqn.2026-01.org.example:guest', 'eui.02004567a425678d']),
    state: constantFrom<Cloud['state'] | undefined>(undefined, 'active', 'standby'),
    tpgt: constantFrom(undefined, 7),
  }),
  { selector: ({ name }) => name, maxLength: 4 },
).map(
  (clouds): Configuration => ({
    cluster: 'lab',
    networks,
    nodes: names.map(name => ({ name, roles: ['storage', 'vhost'], initiator: initiators.get(name) })),
    vservers: [],
    clouds: clouds.map(cloud => ({
      ...cloud,
      sizeBytes: GIB,
      volumeGroup: undefined,
      directory: undefined,
      address: undefined,
      prefixLength: undefined,
      minor: undefined,
      iqn: undefined,
      chap: undefined,
    })),
  }),
)

function cloudsOf(wanted: Configuration, cluster = EMPTY_CONTEXT.cluster): Cloud[] {
  const { clouds, problems } = resolve(wanted, { ...EMPTY_CONTEXT, cluster })
  expect(problems).toEqual([])
  return clouds.map(({ cloud }) => cloud)
}

const byName = (one: Cloud, other: Cloud) => one.name.localeCompare(other.name, 'en', { numeric: true })

test('any configuration is the same after it is composed, read from the CIB and composed again', () => {
  assert(
    property(configuration, wanted => {
      const clouds = cloudsOf(wanted).toSorted(byName)
      const cluster = readCluster(cibOf({ clouds, nodes: names }))
      expect(cluster).toMatchObject({ clouds, incomplete: [] })

      // the file of before, and the one that says all that the CIB does
      const readBack = configurationOf(cluster, { networks, initiators, sizes: new Map() })
      const written = readFile(writeFile(readBack))
      expect(written.problems).toEqual([])
      for (const file of [wanted, written.configuration ?? readBack])
        expect(cloudsOf(file, cluster).toSorted(byName)).toEqual(clouds)

      // from that one alone, in a cluster that has nothing yet
      const sized = {
        ...readBack,
        nodes: wanted.nodes,
        clouds: readBack.clouds.map(cloud => ({ ...cloud, sizeBytes: GIB })),
      }
      expect(cloudsOf(sized).map(compose)).toEqual(clouds.map(compose))
    }),
    { numRuns: 40 },
  )
}, 30_000)
