import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { DrbdUtilsMismatch, parseDrbdStatus, statusByDrbdsetup } from '../../../../system/drbd/drbdsetup-status.ts'
import { ToolFailed } from '../../../../system/system.ts'
import { fakeSystem, type ToolResult } from '../../../fake/system.ts'

const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/drbd/${name}.json`, import.meta.url), 'utf8')
const parse = (name: string, resource = 'c0') => parseDrbdStatus(fixture(name), resource)

describe('recorded output', () => {
  test('DRBD 9.0.16', () => {
    expect(parse('recorded-9.0.16', 'beijing')).toEqual({
      minor: 5,
      role: 'Primary',
      disk: 'UpToDate',
      isClient: false,
      hasQuorum: true,
      suspended: undefined,
      isChangedByName: true,
      peers: [
        {
          name: 'salt-node3',
          connection: 'Connected',
          role: 'Secondary',
          disk: 'UpToDate',
          isClient: false,
          percentDone: undefined,
          outOfSyncBytes: 0,
        },
      ],
    })
  })

  test('of several resources reads the one of that name', () => {
    expect(parse('recorded-9-two-resources', '1-single-0')).toMatchObject({ minor: 2, hasQuorum: true })
    expect(parse('recorded-9-two-resources', '1-single-1')).toMatchObject({ minor: 3, hasQuorum: false })
    expect(parse('recorded-9-two-resources', '1-single')).toBeUndefined()
  })

  test('with paths', () => {
    expect(parse('recorded-9-paths', 'xcp-volume-patate')).toMatchObject({
      minor: 1261,
      role: 'Secondary',
      suspended: undefined,
      peers: [{ name: 'sr123-s2', connection: 'Connected', role: 'Primary' }],
    })
  })
})

describe('output of DRBD 9.3.3', () => {
  test('with all I/O failing since a forced demotion', () => {
    expect(parse('9.3.3/force-io-failures.node1', 'drbd-t')).toMatchObject({
      minor: 201,
      furtherMinors: [202],
      failsIo: true,
      disk: 'UpToDate',
    })
  })

  test('of several volumes counts each', () => {
    const text = fixture('9.3.3/two-volumes-second-diskless.node1')
    expect(parseDrbdStatus(text, 'drbd-t')).toMatchObject({ disk: 'Diskless', peers: [{ disk: 'UpToDate' }] })
    const withPeer = text.replace('"disk-state": "Diskless"', '"disk-state": "UpToDate"')
    const second = withPeer.replace(
      /("volume": 1,\s+"replication-state": )"Established"(,\s+"peer-disk-state": )"UpToDate"/,
      '$1"SyncSource"$2"Inconsistent"',
    )
    expect(parseDrbdStatus(second, 'drbd-t')).toMatchObject({
      disk: 'UpToDate',
      peers: [{ connection: 'SyncSource', disk: 'Inconsistent' }],
    })
  })

  test.each(['nan', '-nan', 'inf'])('with %s where older drbd-utils print a time', number => {
    const text = fixture('9.3.3/force-io-failures.node1').replace(
      '"percent-in-sync": 100.00',
      `"percent-in-sync": 100.00, "estimated-seconds-to-finish": ${number}`,
    )
    expect(parseDrbdStatus(text, 'drbd-t')).toMatchObject({ minor: 201 })
  })
})

describe('output in the form of drbd-utils 9.22', () => {
  test.each([
    [
      'sync-target',
      {
        disk: 'Inconsistent',
        peers: [{ connection: 'SyncTarget', disk: 'UpToDate', percentDone: 42.7, outOfSyncBytes: 614_400_000 }],
      },
    ],
    [
      'sync-source',
      { disk: 'UpToDate', peers: [{ connection: 'SyncSource', disk: 'Inconsistent', percentDone: 42.7 }] },
    ],
    [
      'no-quorum',
      { hasQuorum: false, suspended: 'quorum', peers: [{ connection: 'Connecting' }, { connection: 'Connecting' }] },
    ],
    ['fencing', { hasQuorum: true, suspended: 'fencing' }],
    ['standalone', { peers: [{ connection: 'StandAlone', disk: 'DUnknown', percentDone: undefined }] }],
    ['tie-breaker', { peers: [{ isClient: false }, { name: 'gamma', isClient: true, disk: 'Diskless' }] }],
    ['client', { disk: 'Diskless', isClient: true }],
    ['failed-disk', { disk: 'Diskless', isClient: false }],
  ])('%s', (name, parts) => {
    expect(parse(`made-9.22-${name}`)).toMatchObject(parts)
  })

  test('a list of nothing', () => {
    expect(parse('made-9.22-none')).toBeUndefined()
  })

  test('a resource without a volume is the leftover of an interrupted action', () => {
    const text =
      '[{"name": "c0", "node-id": 0, "role": "Secondary", "suspended": false, "devices": [ ], "connections": [ ]}]'
    expect(parseDrbdStatus(text, 'c0')).toEqual({ leftover: 'resource c0 has no volume' })
  })

  test('a peer whose volume is not yet known has unknown data', () => {
    const text = fixture('made-9.22-standalone').replace(/"peer_devices": \[.*?\]/s, '"peer_devices": [ ]')
    expect(parseDrbdStatus(text, 'c0')).toMatchObject({ peers: [{ connection: 'StandAlone', disk: 'DUnknown' }] })
  })

  test('older drbd-utils do not report why I/O is suspended', () => {
    const text = fixture('recorded-9.0.16').replace('"suspended": false', '"suspended": true')
    expect(parseDrbdStatus(text, 'beijing')).toMatchObject({ suspended: 'unknown' })
  })
})

test.each([
  ['', 'unexpected output ""'],
  ['c0 role:Primary\n  disk:UpToDate\n', 'unexpected output "c0 role:Primary\\n  disk:UpToDate"'],
  ['{"name": "c0"}', 'unexpected output "{\\"name\\": \\"c0\\"}"'],
  ['[1]', 'unexpected output "[1]"'],
  ['[{"name": "c0", "devices": [{"minor": 0}]}]', 'it does not contain "role"'],
  ['[{"name": "c0", "role": "Leader", "devices": [{"minor": 0}]}]', 'unexpected role "Leader"'],
  ['[{"name": "c0", "role": "Primary", "devices": [{"minor": "0"}]}]', 'unexpected minor "0"'],
])('%j is refused', (text, message) => {
  expect(() => parseDrbdStatus(text, 'c0')).toThrow(message)
})

describe('drbdsetup', () => {
  const ask = (result: ToolResult) => {
    const system = fakeSystem()
    system.tools.set('drbdsetup', () => result)
    return statusByDrbdsetup(system, 'c0', { signal: AbortSignal.timeout(1000) })
  }

  test('that does not have the resource is not a failure', async () => {
    const said = { status: 10, stdout: '[\n]\n\n', stderr: 'c0: No such resource\n' }
    expect(await ask(said)).toBeUndefined()
  })

  test.each([
    ["status: unrecognized option '--json'", 20],
    ['execvp() failed to exec drbdsetup-84: No such file or directory', 20],
    [
      'DRBD kernel driver version 8.4 detected.\nThis drbdsetup was built without support for drbd kernel code 8.4.',
      20,
    ],
  ])('that does not fit the module (%s) is distinguished from one that fails', async (stderr, status) => {
    await expect(ask({ status, stderr })).rejects.toThrow(DrbdUtilsMismatch)
  })

  test.each([1, 2, 5, 10, 11, 16, 17, 20, undefined])('that ends with %j otherwise has failed', async status => {
    await expect(ask({ status, stderr: 'out of order\n' })).rejects.toThrow(ToolFailed)
  })
})

test.each([
  'nan',
  '-nan',
  'inf',
  '-inf',
])('a resource whose estimate is %s, as older drbd-utils print it, has the same state', word => {
  const text = fixture('made-9.22-sync-source')
  const odd = text
    .replace('"estimated-seconds-to-finish": 11', `"estimated-seconds-to-finish": ${word}`)
    .replace('"db/dt [MiB/s]": 32.55', `"db/dt [MiB/s]": ${word}`)
  expect(odd).not.toBe(text)
  expect(parseDrbdStatus(odd, 'c0')).toEqual(parseDrbdStatus(text, 'c0'))
  const unknown = text.replace('"percent-resync-done": 42.70', `"percent-resync-done": ${word}`)
  expect(parseDrbdStatus(unknown, 'c0')).toMatchObject({ role: 'Primary', peers: [{ percentDone: 42.78 }] })
})

test('a name that looks like a number stays a name', () => {
  const text = fixture('made-9.22-sync-source').replaceAll('"c0"', '"nan"')
  expect(parseDrbdStatus(text, 'nan')).toBeDefined()
})
