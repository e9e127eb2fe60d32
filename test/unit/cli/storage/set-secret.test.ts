import { describe, expect, test } from 'vitest'
import { withSharedSecret } from '../../../../cloud/compose/drbd/secret.ts'
import { type FakeCluster, node } from '../../../fake/cluster/cluster.ts'
import { given } from '../call.ts'
import { c0, changesBothFilesOrNone, clusterWithC0, drbdadmVerbs, FILE, filesIn } from './resource-file-change.ts'

const SET = 'storage --setsecret c0'
const SECRET = /shared-secret "([\w-]{32})";/

const CONNECTED = `version: 8.4.11 (api:1/proto:86-101)
 ${c0.minor}: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----
    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0
`

/** c0, up and in sync. */
function inSync(): FakeCluster {
  const cluster = clusterWithC0()
  for (const name of c0.storageNodes) {
    node(cluster, name).system.put('/proc/drbd', CONNECTED)
    node(cluster, name).drbd.set('c0', 'Secondary')
  }
  return cluster
}

const without = (text: string) => text.replace(/\n\t\t(cram-hmac-alg|shared-secret) .*/g, '')

describe('a new secret', () => {
  test('is the same on both nodes, and is applied to DRBD without a disconnection', async () => {
    const cluster = inSync()
    const before = filesIn(cluster)
    const { stdout } = await given(cluster).run(SET).succeeds()
    const [one = '', other] = filesIn(cluster)
    expect(SECRET.exec(one)?.[1]).toBeDefined()
    expect(other).toBe(one)
    expect(without(one)).toBe(without(before[0] ?? ''))
    expect(drbdadmVerbs(cluster)).toEqual(['--config-file', '--config-file', 'adjust', 'adjust'])
    expect(stdout.at(-1)).toContain('c0 has a new shared secret')
  })

  test('is set for a storage that has none', async () => {
    const cluster = inSync()
    for (const name of c0.storageNodes) node(cluster, name).system.put(FILE, without(filesIn(cluster)[0] ?? ''))
    await given(cluster).run(SET).succeeds()
    for (const text of filesIn(cluster)) expect(text).toMatch(SECRET)
  })

  test('differs each time, and for each storage', async () => {
    const cluster = inSync()
    const secrets = new Set<string | undefined>()
    for (let count = 0; count < 3; count++) {
      await given(cluster).run(SET).succeeds()
      secrets.add(SECRET.exec(filesIn(cluster)[0] ?? '')?.[1])
    }
    expect(secrets.size).toBe(3)
  })

  test('is set again if an earlier one was in the files, but was not applied to DRBD of one side before vhacs was killed', async () => {
    const cluster = inSync()
    const [one, other] = c0.storageNodes
    const alone = (state: string) =>
      CONNECTED.replace('cs:Connected', `cs:${state}`).replaceAll('/UpToDate', '/DUnknown')
    node(cluster, one).system.put('/proc/drbd', alone('StandAlone'))
    node(cluster, other).system.put('/proc/drbd', alone('WFConnection'))
    await given(cluster).run(SET).succeeds()
    expect(new Set(filesIn(cluster)).size).toBe(1)
    expect(drbdadmVerbs(cluster)).toEqual(['--config-file', '--config-file', 'adjust', 'adjust'])
  })

  test('is only written if the storage is in standby', async () => {
    const cluster = clusterWithC0()
    await given(cluster).run(SET).succeeds()
    expect(drbdadmVerbs(cluster)).toEqual(['--config-file', '--config-file'])
  })

  test('replaces two different secrets by the same one', async () => {
    const cluster = inSync()
    const { system } = node(cluster, c0.storageNodes[1])
    system.put(FILE, system.read(FILE).replace(/shared-secret ".*"/, 'shared-secret "another"'))
    await given(cluster).run(SET).succeeds()
    expect(new Set(filesIn(cluster)).size).toBe(1)
  })

  changesBothFilesOrNone(SET, inSync, [
    [
      'it is up on one side',
      cluster => node(cluster, 'node1').system.take('/proc/drbd'),
      /node1: DRBD is down; node2: Connected/,
    ],
  ])
})

describe('the secret appears in no output', () => {
  test.each([
    'storage --create c1 --size 1G -V 2',
    'storage --create c1 --size 1G --dry-run -V 2',
    `${SET} -V 2`,
    `${SET} --dry-run -V 2`,
    'storage --info c0 -V 2',
    'storage --destroy c0 --yes --force -V 2',
  ])('of %s, nor in a command', async line => {
    const cluster = inSync()
    const secrets = () =>
      cluster.nodes.flatMap(({ system }) =>
        ['c0', 'c1'].flatMap(name => {
          try {
            return /shared-secret "(.*)"/.exec(system.read(`/etc/drbd.d/${name}.res`))?.[1] ?? []
          } catch {
            return []
          }
        }),
      )
    const old = secrets()
    const inputs: string[] = []
    for (const { system } of cluster.nodes) {
      const dd = system.tools.get('dd')
      system.tools.set('dd', (args, options) => {
        inputs.push(...(/shared-secret "(.*)"/.exec(options.input ?? '')?.slice(1) ?? []))
        return dd?.(args, options) ?? 1
      })
    }
    const { stdout, stderr } = await given(cluster).run(line)
    const all = [...stdout, ...stderr, ...cluster.ran.flatMap(({ words }) => words)].join('\n')
    for (const secret of [...old, ...secrets(), ...inputs]) expect(all).not.toContain(secret)
  })

  test('of a drbdadm that fails and prints the command that it has run', async () => {
    const cluster = inSync()
    const words =
      "Command 'drbdsetup-84 net-options --cram-hmac-alg=sha256 --shared-secret=topsecret' terminated with exit code 10\n"
    for (const { system } of cluster.nodes)
      system.tools.set('drbdadm', ([verb]) => (verb === 'adjust' ? { status: 1, stderr: words } : 0))
    const { stdout, stderr } = await given(cluster).run(SET)
    expect(stderr).toEqual([expect.stringContaining('--shared-secret=********')])
    expect([...stdout, ...stderr].join('\n')).not.toContain('topsecret')
  })
})

test('a file of another form is not changed', () => {
  for (const text of [
    '',
    'resource c0 { net { } }',
    '# Made by vhacs for the cloud c0.\nresource c0 {\n}\n',
    '# Made by vhacs for the cloud c0.\n\tnet {\n\tnet {\n\t}\n',
  ])
    expect(withSharedSecret(text, 's')).toBeUndefined()
})
