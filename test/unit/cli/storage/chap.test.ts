import { describe, expect, test } from 'vitest'
import { type ChapParameters, chapParameters, readChap } from '../../../../agents/chap.ts'
import { newChapSecret } from '../../../../cli/clouds/chap/secret-file.ts'
import { generatedChap } from '../../../../cloud/chap-files.ts'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import { type FakeCluster, fakeCluster, isLocking, isReading, node, type Ran } from '../../../fake/cluster/cluster.ts'
import { fakeSystem } from '../../../fake/system.ts'
import { file } from '../../../fake/tree.ts'
import { withNodeAttribute, withPromotionScore } from '../../cloud/cib.ts'
import { c0 as example } from '../../cloud/examples.ts'
import { simulate } from '../../cloud/pacemaker.ts'
import { contentOf, given, secretsOf } from '../call.ts'

const CREATE = 'storage --create c1 --size 1G --nodes node1,node2 --chap'
const FILE = '/etc/vhacs/chap/c1'
const SECRET = /^\/etc\/vhacs\/chap\/c1 600 ([0-9a-f]{32})$/
const NAMES = ['node1', 'node2', 'node3']

const open = { ...example, address: '192.0.2.100', iqn: 'iqn.2026-01.org.vhacs:lab:c0' }
const c0 = { ...open, chap: generatedChap('c0') }

/** c0 with CHAP, and its secret on these nodes. */
function withSecret(names: readonly string[] = NAMES, text = 'secret-of-CHAP'): FakeCluster {
  const cluster = fakeCluster([c0])
  for (const name of names) putSecret(cluster, name, text)
  return cluster
}

function putSecret(cluster: FakeCluster, name: string, text: string, permissions = 0o600, path = '/etc/vhacs/chap/c0') {
  node(cluster, name).system.put(path, { ...file(`${text}\n`), permissions })
}

const chapIn = ({ cib }: FakeCluster, name: string) => readCluster(cib).clouds.find(cloud => cloud.name === name)?.chap
const secrets = ({ nodes }: FakeCluster) => nodes.map(secretsOf)
const changesOf = ({ ran }: FakeCluster) => ran.filter(command => !isReading(command) && !isLocking(command))

test('generated secrets are valid for the agents, and differ each time', () => {
  const secrets = Array.from({ length: 200 }, newChapSecret)
  expect(new Set(secrets).size).toBe(200)
  for (const secret of secrets) {
    const { initiator } = generatedChap('null')
    const system = fakeSystem()
    system.put(initiator.secret, { ...file(`${secret}\n`), permissions: 0o600 })
    const parameters = {
      chap_user: chapParameters.chap_user.parse(initiator.user),
      chap_secret_file: chapParameters.chap_secret_file.parse(initiator.secret),
    }
    expect(readChap(system, parameters as ChapParameters)).toEqual({ initiator: { user: 'vhacs-null', secret } })
  }
})

describe('a new storage with CHAP', () => {
  test('has one secret, for root alone, on its storage nodes and all vhosts; the CIB contains only its path', async () => {
    const cluster = fakeCluster()
    await given(cluster).run(CREATE).succeeds()
    const [[first = ''] = []] = secrets(cluster)
    expect(first).toMatch(SECRET)
    expect(secrets(cluster)).toEqual([[first], [first], [first]])
    expect(chapIn(cluster, 'c1')).toEqual({ initiator: { user: 'vhacs-c1', secret: FILE }, target: undefined })
    expect(cluster.cib).not.toContain(SECRET.exec(first)?.[1])
  })

  test('has a different secret than the next one', async () => {
    const cluster = fakeCluster()
    await given(cluster).run('storage --create c1,c2 --size 1G --chap').succeeds()
    const texts = secretsOf(node(cluster, 'node1')).map(line => line.split(' ').at(-1))
    expect(new Set(texts).size).toBe(2)
  })

  test('creates the directory, and never writes the secret to a file that others can read', async () => {
    const cluster = fakeCluster()
    await given(cluster).run(CREATE).succeeds()
    const tools = cluster.ran.flatMap(({ node: name, words }) =>
      name === 'node3' && words.some(word => word.includes('vhacs/chap')) ? [words.slice(0, 3).join(' ')] : [],
    )
    expect(tools).toEqual([
      'stat --dereference --format=%u %a %n',
      'mkdir --parents --mode=700',
      'install --mode=600 --',
      'dd status=none conv=fsync',
      'mv -T --',
      'sync -- /etc/vhacs/chap',
    ])
  })

  test('is mounted on a node with the secret; a vhost that is down is reported, with what to do', async () => {
    const cluster = fakeCluster()
    node(cluster, 'node3').isUp = false
    const { stdout } = await given(cluster).run(CREATE).succeeds()
    expect(stdout[0]).toBe(
      'node3 is unreachable and lacks the CHAP secret of c1: when it is back, run "vhacs storage --setchap c1"',
    )
    expect(secrets(cluster).map(found => found.length)).toEqual([1, 1, 0])
  })

  test.each(NAMES)('is refused before anything is changed where a file of its name exists (%s)', async name => {
    const cluster = fakeCluster()
    putSecret(cluster, name, 'of somebody', 0o600, FILE)
    const before = contentOf(cluster)
    await given(cluster)
      .run(CREATE)
      .isRefused(
        `vhacs: ${FILE} on ${name} exists already: if no storage uses it any more, remove it, then try again; nothing was changed`,
      )
    expect(contentOf(cluster)).toEqual(before)
    expect(changesOf(cluster)).toEqual([])
  })

  test('that cannot be mounted leaves no secret and no data, even if a vhost has become unreachable meanwhile', async () => {
    const cluster = fakeCluster()
    const before = contentOf(cluster)
    const { active } = cluster
    cluster.active = () => active().filter(({ id }) => id !== 'c1-session')
    cluster.disturb = ({ words: [tool] }) => {
      if (tool === 'mkfs.ext3') node(cluster, 'node3').isUp = false
      return undefined
    }
    const { stdout } = await given(cluster)
      .run(CREATE)
      .fails(/NOT UNDONE: writing a CHAP secret for c1 on node1, node2, node3: ssh root@node3 exited with 255/)
    expect(stdout.filter(line => line.includes('NOT UNDONE'))).toHaveLength(1)
    expect(secrets(cluster).map(found => found.length)).toEqual([0, 0, 1])
    node(cluster, 'node3').system.take(FILE)
    expect(contentOf(cluster)).toEqual(before)
  })

  test.each(['', '--dry-run', '-V 2', '--dry-run -V 2'])('shows its secret nowhere (%s)', async options => {
    const cluster = fakeCluster()
    const written: string[] = []
    for (const { system } of cluster.nodes) {
      const dd = system.tools.get('dd')
      system.tools.set('dd', (args, given) => {
        written.push(given.input ?? '')
        return dd?.(args, given) ?? 1
      })
    }
    const { stdout, stderr } = await given(cluster)
      .run(`${CREATE} ${options}`)
      .catch(() => ({ stdout: [], stderr: [] }))
    const all = [...stdout, ...stderr, ...cluster.ran.flatMap(({ words }) => words)].join('\n')
    const texts = written.map(text => /shared-secret "(.*)"/.exec(text)?.[1] ?? text.trim())
    expect(texts).toHaveLength(options.includes('--dry-run') ? 0 : 5)
    for (const text of texts) expect(all).not.toContain(text)
    // what was made up for a dry run, too
    expect(all).not.toMatch(/[0-9a-f]{32}/)
    if (options !== '') expect(all).toContain('********')
  })

  test('a dry run names each file that it would write', async () => {
    const { stdout } = await given(fakeCluster()).run(`${CREATE} --dry-run`).succeeds()
    for (const name of NAMES) expect(stdout).toContain(`${name}: dd status=none conv=fsync of=${FILE}.new`)
  })
})

describe('a storage with CHAP that is destroyed', () => {
  const DESTROY = 'storage --destroy c0 --yes'

  test('leaves no secret on any node', async () => {
    const cluster = withSecret()
    putSecret(cluster, 'node3', 'draft', 0o600, '/etc/vhacs/chap/c0.new')
    await given(cluster).run(DESTROY).succeeds()
    expect(contentOf(cluster)).toEqual(contentOf(fakeCluster()))
  })

  test('does not wait for a vhost that is down: its remains there are reported', async () => {
    const cluster = withSecret()
    node(cluster, 'node3').isUp = false
    const { stdout } = await given(cluster).run(DESTROY).succeeds()
    expect(stdout.at(-1)).toMatch(/node3 is unreachable and may still have \/etc\/vhacs\/chap\/c0: remove it there$/)
    expect(secrets(cluster).map(found => found.length)).toEqual([0, 0, 1])
  })

  test('leaves none on a former vhost', async () => {
    const cluster = withSecret()
    cluster.cib = withNodeAttribute(cluster.cib, 'node3', 'vhacs-vhost', 'false')
    await given(cluster).run(DESTROY).succeeds()
    expect(secrets(cluster).flat()).toEqual([])
  })

  test('keeps a secret that an operator has created, or that another storage uses', async () => {
    const own = { ...open, chap: { initiator: { user: 'u', secret: '/etc/vhacs/own' }, target: undefined } }
    const other = {
      ...open,
      name: 'd0',
      minor: 9,
      iqn: 'iqn.2026-01.org.vhacs:lab:d0',
      address: '192.0.2.109',
      directory: '/d0',
    }
    for (const clouds of [[own], [c0, { ...other, chap: c0.chap }]]) {
      const cluster = fakeCluster(clouds)
      for (const name of NAMES) {
        putSecret(cluster, name, 'theirs', 0o600, '/etc/vhacs/own')
        putSecret(cluster, name, 'theirs')
      }
      await given(cluster).run(DESTROY).succeeds()
      for (const { system } of cluster.nodes) {
        expect(system.read('/etc/vhacs/own')).toBe('theirs\n')
        expect(system.read('/etc/vhacs/chap/c0')).toBe('theirs\n')
      }
    }
  })
})

describe('--setchap', () => {
  const SET = 'storage --setchap c0'

  test('enables CHAP on a storage, and waits until it is mounted again', async () => {
    const cluster = fakeCluster([open])
    const { stdout } = await given(cluster).run(`${SET} --interrupt`).succeeds()
    expect(chapIn(cluster, 'c0')).toEqual(c0.chap)
    expect(new Set(secrets(cluster).flat()).size).toBe(1)
    expect(secrets(cluster).flat()).toHaveLength(3)
    expect(stdout.slice(-2)).toEqual([
      expect.stringMatching(/c0 requires CHAP$/),
      expect.stringMatching(/waiting until c0 is mounted again$/),
    ])
  })

  test('interrupts none without --interrupt', async () => {
    const cluster = fakeCluster([open])
    const scored = ['node1', 'node2'].reduce(
      (cib, name) => withPromotionScore(cib, name, 'c0-drbd', 10000),
      cluster.cib,
    )
    cluster.cib = [1, 2, 3, 4].reduce(cib => simulate(cib).cib, scored)
    const before = contentOf(cluster)
    await given(cluster)
      .run(SET)
      .isRefused(/^vhacs: this would interrupt c0; pass --interrupt to proceed/)
    expect(contentOf(cluster)).toEqual(before)
    expect(changesOf(cluster)).toEqual([])
  })

  test('needs no --interrupt for a storage in standby', async () => {
    const cluster = fakeCluster([{ ...open, state: 'standby' }])
    await given(cluster).run(SET).succeeds()
    expect(chapIn(cluster, 'c0')).toEqual(c0.chap)
  })

  test('is refused while a storage node is down, and reports a vhost that is down', async () => {
    const cluster = fakeCluster([open])
    node(cluster, 'node2').isUp = false
    await given(cluster)
      .run(`${SET} --interrupt`)
      .fails(/^vhacs: node2 is unreachable, and must get the CHAP secret of c0/)
    expect(secrets(cluster).flat()).toEqual([])
    node(cluster, 'node2').isUp = true
    node(cluster, 'node3').isUp = false
    const { stdout } = await given(cluster).run(`${SET} --interrupt`).succeeds()
    expect(stdout.join('\n')).toContain('node3 is unreachable and lacks the CHAP secret of c0: when it is back')
  })

  test.each([
    ['node3', ['node1', 'node2']],
    ['node1', ['node3']],
  ])('copies the secret to %s, which lacks it, without an interruption', async (name, having) => {
    const cluster = withSecret(having)
    const { cib } = cluster
    await given(cluster).run(SET).succeeds()
    expect(secretsOf(node(cluster, name))).toEqual(['/etc/vhacs/chap/c0 600 secret-of-CHAP'])
    expect(secrets(cluster).flat()).toHaveLength(3)
    expect(cluster.cib).toBe(cib)
  })

  test.each([
    [
      'no node has it',
      [],
      /no reachable node has the secret of c0: write it to \/etc\/vhacs\/chap\/c0 on node1, node2, node3/,
    ],
    [
      'others could read it',
      NAMES,
      /chap\/c0 is accessible to users .* on node2: run "chown root \S+; chmod 600 \S+" there/,
    ],
  ])('changes nothing if %s', async (_, having, words) => {
    const cluster = withSecret(having)
    if (having.length > 0) putSecret(cluster, 'node2', 'secret-of-CHAP', 0o644)
    await given(cluster).run(SET).isRefused(words)
    expect(changesOf(cluster)).toEqual([])
  })

  test('changes nothing if a node has another secret, for example after it missed the destruction of a storage of this name', async () => {
    const cluster = withSecret(['node1', 'node2'])
    putSecret(cluster, 'node3', 'secret-of-before')
    const { stderr } = await given(cluster)
      .run(SET)
      .isRefused(
        /chap\/c0 has another secret on node3 than on node1: copy it with "scp -p" from the node on which c0 is exported/,
      )
    expect(stderr.join()).not.toMatch(/secret-of|[0-9a-f]{64}/)
    expect(changesOf(cluster)).toEqual([])
  })

  test.each(['--dry-run', '-V 2'])('shows no secret (%s)', async options => {
    const { stdout, stderr } = await given(withSecret(['node1'])).run(`${SET} ${options}`)
    expect([...stdout, ...stderr].join('\n')).not.toContain('secret-of-CHAP')
    expect([...stdout, ...stderr].join('\n')).toContain('********')
  })

  describe('that fails leaves a storage and its secret both unchanged, or both changed, when', async () => {
    const trial = fakeCluster([open])
    await given(trial).run(`${SET} --interrupt`)
    const ways = trial.ran.flatMap((command, index) =>
      isReading(command) || isLocking(command)
        ? []
        : [[command.words.slice(0, 2).join(' '), command.node, index] as const],
    )

    test.each(ways)('%s on %s (command %i)', async (_, __, index) => {
      for (const how of ['fails', 'fails afterwards'] as const) {
        const cluster = fakeCluster([open])
        cluster.disturb = () => (cluster.ran.length - 1 === index ? how : undefined)
        const { stdout } = await given(cluster).run(`${SET} --interrupt`).fails()
        expect(stdout.filter(line => line.includes('NOT UNDONE'))).toEqual([])
        const isChanged = chapIn(cluster, 'c0') !== undefined
        expect(secrets(cluster).map(found => found.length)).toEqual(isChanged ? [1, 1, 1] : [0, 0, 0])
      }
    })
  })
})

describe('a node that becomes a vhost', () => {
  const SET = 'node --setrole vhost node3'
  const lacking = () => {
    const cluster = withSecret(['node1', 'node2'])
    cluster.cib = withNodeAttribute(cluster.cib, 'node3', 'vhacs-vhost', 'false')
    return cluster
  }
  const isVhost = (cluster: FakeCluster) =>
    readCluster(cluster.cib).nodes.find(({ name }) => name === 'node3')?.attributes['vhacs-vhost'] === 'true'

  test('gets the secrets before the role', async () => {
    const cluster = lacking()
    await given(cluster).run(`${SET} --interrupt`).succeeds()
    expect(secretsOf(node(cluster, 'node3'))).toEqual(['/etc/vhacs/chap/c0 600 secret-of-CHAP'])
    expect(isVhost(cluster)).toBe(true)
    const tools = cluster.ran.map(({ words }) => words[0])
    expect(tools.indexOf('dd')).toBeLessThan(tools.indexOf('crm_attribute'))
  })

  test('does not get the role if no other node has them', async () => {
    const cluster = lacking()
    for (const name of ['node1', 'node2']) node(cluster, name).system.take('/etc/vhacs/chap/c0')
    await given(cluster)
      .run(`${SET} --interrupt`)
      .isRefused(/no reachable node has the secret of c0: write it to .* on node3/)
    expect(isVhost(cluster)).toBe(false)
  })

  test('does not get the role if it has another secret', async () => {
    const cluster = lacking()
    putSecret(cluster, 'node3', 'secret-of-before')
    await given(cluster)
      .run(`${SET} --interrupt`)
      .isRefused(/c0 has another secret on node3 than on node1/)
    expect(isVhost(cluster)).toBe(false)
  })

  test('gets the role despite a faulty file on another node', async () => {
    const cluster = lacking()
    putSecret(cluster, 'node1', 'secret-of-CHAP', 0o644)
    await given(cluster).run(`${SET} --interrupt`).succeeds()
    expect(secretsOf(node(cluster, 'node3'))).toEqual(['/etc/vhacs/chap/c0 600 secret-of-CHAP'])
  })

  /** The directory of a mount, and modules: a role is given without them. */
  const isForTakeover = ({ words }: Ran) => words[0] === 'modprobe' || words.some(word => word.startsWith('/srv/'))

  describe('never has the role without the secrets, when', async () => {
    const trial = lacking()
    await given(trial).run(`${SET} --interrupt`)
    const ways = trial.ran.flatMap((command, index) =>
      isReading(command) || isLocking(command) || isForTakeover(command)
        ? []
        : [[command.words.slice(0, 2).join(' '), index] as const],
    )

    test.each(ways)('%s failed (command %i)', async (_, index) => {
      for (const how of ['fails', 'fails afterwards'] as const) {
        const cluster = lacking()
        cluster.disturb = () => (cluster.ran.length - 1 === index ? how : undefined)
        await given(cluster).run(`${SET} --interrupt`).fails()
        const found = secretsOf(node(cluster, 'node3'))
        if (isVhost(cluster)) expect(found).toHaveLength(1)
        expect(found.filter(line => line.includes('.new'))).toEqual([])
        cluster.disturb = () => undefined
        await given(cluster).run(`${SET} --interrupt`).succeeds()
        expect(secretsOf(node(cluster, 'node3'))).toHaveLength(1)
      }
    })
  })
})
