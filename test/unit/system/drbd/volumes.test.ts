import { expect, test } from 'vitest'
import { mergeVolumes } from '../../../../system/drbd/volumes.ts'
import { drbdStatus } from '../../../fake/nodes/drbd-status.ts'

test('a resource with one volume has the state of that volume', () => {
  const only = drbdStatus('Primary/UpToDate SyncSource/Inconsistent')
  expect(mergeVolumes(only, [])).toBe(only)
})

test.each([
  [
    'Secondary/UpToDate Connected/UpToDate',
    'Primary/UpToDate Connected/UpToDate',
    'Primary/UpToDate Connected/UpToDate',
  ],
  ['Primary/UpToDate Connected/UpToDate', 'Primary/Diskless Connected/UpToDate', 'Primary/Diskless Connected/UpToDate'],
  [
    'Primary/Inconsistent SyncTarget/UpToDate',
    'Primary/UpToDate Connected/UpToDate',
    'Primary/Inconsistent SyncTarget/UpToDate',
  ],
  [
    'Primary/UpToDate Connected/UpToDate',
    'Primary/UpToDate WFConnection/DUnknown',
    'Primary/UpToDate WFConnection/DUnknown',
  ],
  [
    'Primary/UpToDate SyncSource/Inconsistent',
    'Primary/UpToDate Connected/Outdated',
    'Primary/UpToDate SyncSource/Inconsistent',
  ],
  ['Primary/UpToDate Connected/UpToDate', 'Primary/Odd Connected/UpToDate', 'Primary/Odd Connected/UpToDate'],
])('%s and %s together are %s, in either order', (one, other, both) => {
  for (const [first, second] of [
    [one, other],
    [other, one],
  ] as const)
    expect(mergeVolumes(drbdStatus(first), [drbdStatus(second)])).toMatchObject({
      ...drbdStatus(both),
      peers: [{ connection: both.split(' ')[1]?.split('/')[0], disk: both.split('/').at(-1) }],
    })
})

test.each([
  { hasQuorum: false },
  { failsIo: true },
  { suspended: 'fencing' },
] as const)('%j of one volume is that of the resource', parts => {
  const good = drbdStatus('Primary/UpToDate Connected/UpToDate')
  expect(mergeVolumes(good, [{ ...good, minor: 1, ...parts }])).toMatchObject({
    minor: 0,
    furtherMinors: [1],
    ...parts,
  })
})

test('an intentionally diskless volume is not a fault', () => {
  const good = drbdStatus('Primary/UpToDate Connected/UpToDate')
  const client = drbdStatus('Primary/Diskless Connected/UpToDate', { isClient: true })
  expect(mergeVolumes(client, [good])).toMatchObject({ disk: 'UpToDate', isClient: false })
})

test('out-of-sync amounts add up, and the volume with the least progress counts', () => {
  const volume = (percentDone: number, outOfSyncBytes: number) => {
    const { peers, ...rest } = drbdStatus('Primary/UpToDate SyncSource/Inconsistent')
    return { ...rest, peers: peers.map(peer => ({ ...peer, percentDone, outOfSyncBytes })) }
  }
  expect(mergeVolumes(volume(80, 1024), [volume(30, 4096)]).peers).toMatchObject([
    { percentDone: 30, outOfSyncBytes: 5120 },
  ])
})
