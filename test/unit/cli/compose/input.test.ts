import { describe, expect, test } from 'vitest'
import { type FakeCluster, fakeCluster } from '../../../fake/cluster/cluster.ts'
import type { ToolResult } from '../../../fake/system.ts'
import { directory, errno, file, liveFile, refuse } from '../../../fake/tree.ts'
import { cibOf } from '../../cloud/cib.ts'
import { c0 as example } from '../../cloud/examples.ts'
import { contentOf, given } from '../call.ts'

const nodes = ['node1', 'node2', 'node3']
const c0 = { ...example, address: '192.0.2.100', initiators: nodes.map(name => `iqn.2004-10.com.debian:${name}`) }
/** Of another cluster than that which runs. */
const otherCib = cibOf({ clouds: [{ ...c0, directory: '/elsewhere' }], nodes })

function clusterWith(files: Readonly<Record<string, string>> = {}): FakeCluster {
  const cluster = fakeCluster([c0])
  const all = { '/root/clouds.yaml': 'clouds: [{name: c0}]\n', '/root/cib.xml': otherCib, ...files }
  for (const [path, text] of Object.entries(all)) cluster.system.put(path, text)
  return cluster
}

describe('standard input', () => {
  test('can be the file of clouds', async () => {
    const cluster = clusterWith()
    const readInput = async () => 'clouds: [{name: c0}]\n'
    const { stdout } = await given(cluster).run('compose - --file /root/cib.xml', { readInput }).succeeds()
    expect(stdout.join('\n')).toContain('directory=/elsewhere')
  })

  test('also has positions', async () => {
    const readInput = async () => 'clouds: [{name: c0, state: Standby}]\n'
    const { stderr } = await given(clusterWith()).run('compose - --offline', { readInput })
    expect(stderr).toEqual([
      'standard input:1:28: state is "Standby": active or standby is expected',
      'vhacs: standard input has 1 problem; nothing was changed',
    ])
  })

  test('can be the CIB', async () => {
    const { stdout } = await given(clusterWith())
      .run('compose --read --file -', { readInput: async () => otherCib })
      .succeeds()
    expect(stdout.join('\n')).toContain('directory: /elsewhere')
  })

  test.each([
    [
      'compose - --file -',
      'standard input can be the file of clouds or the CIB, not both: name a file for one of them',
    ],
    [
      'compose /root/clouds.yaml --apply --file -',
      '--apply changes the CIB in a file: standard input can only be read',
    ],
  ])('%s is refused', async (line, words) => {
    await given(clusterWith())
      .run(line, { readInput: async () => otherCib })
      .isRefused(`vhacs: ${words}`, [])
  })
})

test.each([
  ['/root/cib.xml', otherCib],
  ['-', otherCib],
])('a change of a CIB from %s is tried without being root', async (file, text) => {
  const cluster = clusterWith({ '/root/clouds.yaml': 'clouds: [{name: c0, options: ro}]\n' })
  const { makeScratchDirectory } = cluster.system
  const prefixes: string[] = []
  cluster.system.makeScratchDirectory = prefix => {
    prefixes.push(prefix)
    return makeScratchDirectory(prefix)
  }
  const line = `compose /root/clouds.yaml --diff --file ${file}`
  await given(cluster)
    .run(line, { readInput: async () => text })
    .succeeds()
  expect(prefixes.length).toBeGreaterThan(0)
  expect(prefixes.filter(prefix => !prefix.startsWith('/tmp/'))).toEqual([])
})

describe('an unreadable input is refused with a message of ours:', () => {
  test.each([
    ['compose /root', 'vhacs: /root is a directory, not a file'],
    ['compose /root/none.yaml', 'vhacs: /root/none.yaml does not exist'],
    ['compose /root/cib.xml/x', 'vhacs: /root/cib.xml/x does not exist: a part of its path is a file, not a directory'],
    ['compose /root/clouds.yaml --file /root', 'vhacs: /root is a directory, not a file'],
    ['compose /root/clouds.yaml --file /root/none.bz2', 'vhacs: /root/none.bz2 does not exist'],
    [
      'compose /root/clouds.yaml --diff --file /root/clouds.yaml',
      'vhacs: /root/clouds.yaml is not a CIB, as "cibadmin --query" prints it: it is not well-formed XML in line 1, column 1',
    ],
    [
      'compose --read --file /root/other.xml',
      'vhacs: /root/other.xml is not a CIB, as "cibadmin --query" prints it: a CIB is expected, not <html>',
    ],
    [
      'compose --read --file /root/cib.gz',
      'vhacs: /root/cib.gz is compressed: uncompress it (of compressed files, only those of bzip2 named *.bz2 are read)',
    ],
    [
      'compose --read --file /root/cib.xz',
      'vhacs: /root/cib.xz is compressed: uncompress it (of compressed files, only those of bzip2 named *.bz2 are read)',
    ],
    [
      'compose --diff /root/clouds.yaml --file /root/cib.zst',
      'vhacs: /root/cib.zst is compressed: uncompress it (of compressed files, only those of bzip2 named *.bz2 are read)',
    ],
    [
      'compose --read --file /root/pe-input',
      'vhacs: /root/pe-input is compressed: uncompress it (of compressed files, only those of bzip2 named *.bz2 are read)',
    ],
    [
      'compose --read --file /root/half.xml',
      'vhacs: /root/half.xml is not a CIB, as "cibadmin --query" prints it: it has no configuration',
    ],
    [
      'compose --read --file /root/empty',
      'vhacs: /root/empty is not a CIB, as "cibadmin --query" prints it: it is empty',
    ],
    [
      'compose /root/clouds.yaml --apply --detach --file /root/cib.xml',
      'vhacs: --detach stops clouds: it needs the cluster, not a CIB in a file',
    ],
  ])('%s', async (line, words) => {
    const cluster = clusterWith({
      '/root/other.xml': '<html/>',
      '/root/half.xml': '<cib/>',
      '/root/empty': '',
      '/root/cib.gz': '\x1f\udc8b\b',
      '/root/pe-input': 'BZh91AY&SY',
      '/root/cib.xz': '\udcfd7zXZ\0',
      '/root/cib.zst': '(\udcb5/\udcfd',
    })
    cluster.system.put('/root/dir', directory())
    await given(cluster).run(line).isRefused(words, [])
    expect(cluster.ran).toEqual([])
  })
})

describe('no more is read than a file has:', () => {
  const endless = (bytes: number) => ({ ...file('x'.repeat(bytes)), isSpecial: true as const })

  test.each([
    ['compose /dev/zero', 'vhacs: /dev/zero is too large: the limit is 1 MiB'],
    ['compose /dev/zero --diff', 'vhacs: /dev/zero is too large: the limit is 1 MiB'],
    ['compose /root/clouds.yaml --file /dev/huge', 'vhacs: /dev/huge is too large: the limit is 64 MiB'],
    ['compose --read --file /dev/huge', 'vhacs: /dev/huge is too large: the limit is 64 MiB'],
    ['compose /dev/kmsg', 'vhacs: /dev/kmsg is a device that has nothing to read'],
    ['compose /root/clouds.yaml --file /root/huge.bz2', 'vhacs: /root/huge.bz2 is too large: the limit is 64 MiB'],
  ])('%s', async (line, words) => {
    const cluster = clusterWith({ '/root/huge.bz2': 'x'.repeat(2 ** 26 + 1) })
    cluster.system.put('/dev/zero', endless(2 ** 20 + 1))
    cluster.system.put('/dev/huge', endless(2 ** 26 + 1))
    cluster.system.put(
      '/dev/kmsg',
      liveFile(() => refuse('EAGAIN')),
    )
    await given(cluster).run(line).isRefused(words, [])
    expect(cluster.ran).toEqual([])
  })

  test.each([
    ['compose -', 2 ** 20],
    ['compose --read --file -', 2 ** 26],
    ['cluster ALL --exec -', 2 ** 26],
  ])('%s', async (line, limit) => {
    const readInput = async (maxBytes: number) => {
      expect(maxBytes).toBe(limit)
      throw errno('EFBIG', 'read', '')
    }
    const words = `vhacs: standard input is too large: the limit is ${limit / 2 ** 20} MiB`
    await given(clusterWith()).run(line, { readInput }).isRefused(words, [])
  })

  test('a pipe is read once, and only read', async () => {
    const cluster = clusterWith()
    let reads = 0
    const pipe = liveFile(() => {
      reads += 1
      return otherCib
    })
    cluster.system.put('/dev/fd/63', { ...pipe, isSpecial: true })
    const { stdout } = await given(cluster).run('compose /root/clouds.yaml --diff --file /dev/fd/63').succeeds()
    expect(stdout).not.toEqual([])
    expect(reads).toBe(1)
    await given(cluster)
      .run('compose /root/clouds.yaml --apply --file /dev/fd/63')
      .isRefused('vhacs: --apply changes the CIB in a file: /dev/fd/63 can only be read', [])
  })

  test.each([
    'storage --list',
    'compose --read',
    'compose /root/clouds.yaml --apply',
  ])('vhacs %s gives no pipe to the tools of Pacemaker', async line => {
    const cluster = clusterWith()
    cluster.system.put('/dev/zero', endless(10))
    await given(cluster)
      .run(line, { cibFile: '/dev/zero', cibSetting: 'CIB_file=/dev/zero' })
      .isRefused(
        'vhacs: CIB_file=/dev/zero is set, but /dev/zero is a pipe or a device: copy the CIB to a file, and name that',
        [],
      )
    expect(cluster.ran).toEqual([])
  })
})

test('a value of a CIB begins no line of an output', async () => {
  const forged = otherCib.replace(
    'provider="vhacs" type="lvm-volume"',
    'provider="vhacs" type="x&#10;vhacs: all is well"',
  )
  const cluster = clusterWith({ '/root/forged.xml': forged })
  const { stdout, stderr } = await given(cluster).run('compose --read --file /root/forged.xml')
  expect([...stdout, ...stderr].filter(line => line.startsWith('vhacs: all is well'))).toEqual([])
  expect(stderr.join()).toContain(String.raw`ocf:vhacs:x\nvhacs: all is well`)
})

describe('a CIB that Pacemaker has recorded', () => {
  const recorded = (answer: ToolResult) => {
    const cluster = clusterWith({ '/root/pe-input-1.bz2': 'BZh9' })
    const files: (string | undefined)[] = []
    cluster.system.tools.set('cibadmin', (_, { environment }) => {
      files.push(environment?.CIB_file)
      return answer
    })
    return { cluster, files }
  }

  test('is read by cibadmin', async () => {
    const { cluster, files } = recorded({ status: 0, stdout: otherCib })
    const { stdout } = await given(cluster).run('compose --read --file /root/pe-input-1.bz2').succeeds()
    expect(stdout.join('\n')).toContain('directory: /elsewhere')
    expect(files).toEqual(['/root/pe-input-1.bz2'])
  })

  test('is refused if it is of a later Pacemaker, and is not changed', async () => {
    const { cluster } = recorded({ status: 78, stderr: 'Could not connect to the CIB: Protocol not supported' })
    await given(cluster)
      .run('compose --read --file /root/pe-input-1.bz2')
      .isRefused(
        /^vhacs: \/root\/pe-input-1\.bz2 is not a CIB compressed by bzip2 that this version of Pacemaker can read$/,
      )
    const whole = recorded({ status: 0, stdout: otherCib }).cluster
    await given(whole)
      .run('compose /root/clouds.yaml --apply --file /root/pe-input-1.bz2')
      .isRefused(/--apply changes the CIB in a file: \/root\/pe-input-1\.bz2 can only be read$/)
  })
})

describe('a CIB that the environment names', () => {
  const other = { cibFile: '/root/cib.xml', cibSetting: 'CIB_shadow=test' }

  test.each([
    'compose --read',
    'compose /root/clouds.yaml',
    'storage --list',
    'node --list',
    'storage -l --json',
  ])('is that of vhacs %s', async line => {
    const cluster = clusterWith()
    const seen: (string | undefined)[] = []
    const { run } = cluster.system
    const system = {
      ...cluster.system,
      run: (...[tool, args, options]: Parameters<typeof run>) => {
        seen.push(options?.environment?.CIB_file)
        return run(tool, args, options)
      },
    }
    await given({ system }).run(line, other)
    expect(seen.filter(file => file !== '/root/cib.xml')).toEqual([])
  })

  test.each([
    ['storage --create c1 --size 1G', 'storage --create'],
    ['storage --listbig', 'storage --listbig'],
    ['storage -i c0', 'storage --info'],
    ['storage --destroy c0 --yes', 'storage --destroy'],
    ['node --standby node1', 'node --standby'],
    ['node -i ALL', 'node --info'],
    ['cluster --check', 'cluster --check'],
    ['cluster ALL --exec uptime', 'cluster --exec'],
  ])('is not used by vhacs %s, which reports that and does nothing', async (line, verb) => {
    const cluster = clusterWith()
    const before = contentOf(cluster)
    await given(cluster)
      .run(line, other)
      .isRefused(`vhacs: CIB_shadow=test is set, but ${verb} uses the cluster of this node: unset CIB_shadow first`, [])
    expect(cluster.ran).toEqual([])
    expect(contentOf(cluster)).toEqual(before)
  })

  test.each([
    'storage --list',
    'node --list',
    'compose /root/clouds.yaml --diff',
  ])('and that is missing is reported as missing by vhacs %s', async line => {
    const missing = { cibFile: '/root/none.xml', cibSetting: 'CIB_file=none.xml' }
    await given(clusterWith())
      .run(line, missing)
      .isRefused('vhacs: CIB_file=none.xml is set, but /root/none.xml does not exist')
    const named = `compose /root/clouds.yaml --diff --file /root/cib.xml`
    await given(clusterWith()).run(named, missing).succeeds()
  })

  test('over the network is used by no verb', async () => {
    await given(clusterWith())
      .run('storage --list', { cibSetting: 'CIB_port=1234' })
      .isRefused('vhacs: CIB_port=1234 is set, but storage --list uses the cluster of this node: unset CIB_port first')
  })
})
