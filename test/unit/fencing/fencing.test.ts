import { setImmediate } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { BACK, call, DISK, LOST, node } from './fencing.ts'

const DEVICE = { devices: DISK, pcmk_host_check: 'none', crm_feature_set: '3.16.2' }
const FENCE = { ...DEVICE, action: 'reboot', plug: 'node2', nodename: 'node2' }
const RESET = `-d ${DISK} message node2 reset`

/** With time that passes. */
async function fence(one: ReturnType<typeof node>) {
  let hasEnded = false
  const answer = call(one, FENCE).finally(() => {
    hasEnded = true
  })
  while (!hasEnded) {
    await vi.advanceTimersByTimeAsync(100)
    await setImmediate()
  }
  return answer
}

describe('a node that is lost', () => {
  test('is fenced at once: nothing but corosync and the disk is asked before', async () => {
    const one = node(LOST)
    for (const tool of ['stonith_admin', 'cibadmin', 'crm_simulate'])
      one.system.tools.set(tool, () => expect.unreachable(`${tool} was run`))
    expect(await call(one, FENCE)).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(one.messages).toEqual([RESET])
  })

  test('is switched off where the cluster wants that, by all disks', async () => {
    const one = node(LOST)
    const { code } = await call(one, { ...FENCE, action: 'off', devices: `${DISK}, /dev/sdb` })
    expect(code).toBe(0)
    expect(one.messages).toEqual([`-d ${DISK} -d /dev/sdb message node2 off`])
  })

  test('counts as fenced only if sbd says so', async () => {
    const one = node(LOST)
    one.system.tools.set('sbd', () => ({ status: 1, stderr: 'sbd failed; please check the logs.\n' }))
    const { code, stderr } = await call(one, FENCE)
    expect(code).toBe(1)
    expect(stderr).toBe(`fence_vhacs_sbd: sbd ${RESET} exited with 1: sbd failed; please check the logs.\n`)
  })
})

describe('of two nodes that fence each other', () => {
  test.each([
    'reset',
    'off',
    'crashdump',
  ])('the one that was told "%s" waits for its own end, and fences if it still runs after 20 s', async told => {
    const one = node(LOST)
    one.told = [told]
    const begun = one.system.now()
    const { code, stderr } = await fence(one)
    expect({ code, messages: one.messages }).toEqual({ code: 0, messages: [RESET] })
    expect(one.system.now() - begun).toBeGreaterThanOrEqual(20_000)
    expect(stderr).toBe(`fence_vhacs_sbd: sbd's disk tells node1 to reset itself: it waits for that, and fences nobody
fence_vhacs_sbd: node1 was not reset in time, so it fences
`)
  })

  test('it fences when sbd has read the message, and it still runs', async () => {
    const one = node(LOST)
    one.told = ['reset', 'reset', 'clear']
    expect(await fence(one)).toMatchObject({ code: 0, stderr: expect.stringContaining('waits for that') })
    expect(one.messages).toEqual([RESET])
  })

  test('the one that was told so by an agent that claims nothing, while it asked about the other one, waits as well', async () => {
    const linked = { ...LOST, hasLink: true }
    const one = node(linked, linked, linked, LOST)
    one.delay = '0'
    one.told = ['clear', 'reset']
    const begun = one.system.now()
    const { code, stderr } = await fence(one)
    expect({ code, messages: one.messages }).toEqual({ code: 0, messages: [RESET] })
    expect(one.system.now() - begun).toBeGreaterThanOrEqual(20_000)
    expect(stderr).toMatch(
      /node2 answered and is lost again.*\n.*waits for that, and fences nobody\n.*was not reset in time/,
    )
  })

  test.each(['test', 'exit', 'clear'])('the message "%s" is none to wait for', async told => {
    const one = node(LOST)
    one.told = [told]
    expect(await call(one, FENCE)).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('a disk that cannot be read keeps nobody from being fenced', async () => {
    const one = node(LOST)
    const { tools } = one.system
    const sbd = tools.get('sbd')
    tools.set('sbd', (args, options) =>
      args.includes('list') ? { status: 1, stderr: 'open() failed\n' } : (sbd?.(args, options) ?? 1),
    )
    expect(await call(one, FENCE)).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(one.messages).toEqual([RESET])
  })
})

describe('a claim', () => {
  test('that another node has left makes a fencing wait once, and is removed', async () => {
    const one = node(LOST)
    one.claims.set('vhacs-claim-node2', 'exit')
    const begun = one.system.now()
    expect(await fence(one)).toEqual({
      code: 0,
      stdout: '',
      stderr: `fence_vhacs_sbd: node2 is about to fence node1, which waits for that
fence_vhacs_sbd: node1 was not reset in time, so it fences
`,
    })
    expect(one.system.now() - begun).toBeGreaterThanOrEqual(20_000)
    expect(one.messages).toEqual([RESET])
    expect([...one.claims.values()]).toEqual(['clear', 'clear'])
  })

  test('is not needed: without slots for claims, a node is fenced', async () => {
    const one = node(LOST)
    one.claims.clear()
    expect(await call(one, FENCE)).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(one.messages).toEqual([RESET])
  })

  test('is left by the monitor of another device while a request is pending, which may be fencing by it', async () => {
    const one = node(LOST)
    one.claims.set('vhacs-claim-node1', 'exit')
    expect(await call(one, { ...DEVICE, action: 'monitor' })).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(one.claims.get('vhacs-claim-node1')).toBe('exit')
    one.system.tools.set('stonith_admin', () => ({ status: 1, stderr: 'no answer\n' }))
    expect(await call(one, { ...DEVICE, action: 'monitor' })).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/exited with 1: no answer; so what this node has claimed .* next monitor\n$/),
    })
    expect(one.claims.get('vhacs-claim-node1')).toBe('exit')
  })

  test('gets its slot by a monitor, which removes what its own node has left', async () => {
    const one = node(LOST)
    one.clients = []
    one.claims.clear()
    one.claims.set('vhacs-claim-node1', 'exit')
    expect(await call(one, { ...DEVICE, action: 'monitor' })).toEqual({ code: 0, stdout: '', stderr: '' })
    expect([...one.claims]).toEqual([
      ['vhacs-claim-node1', 'clear'],
      ['vhacs-claim-node2', 'clear'],
    ])
    one.claims.set('vhacs-claim-node2', 'exit')
    const asked = one.system.commands.length
    await call(one, { ...DEVICE, action: 'monitor' })
    expect(one.system.commands.slice(asked).filter(command => !command.includes('list'))).toEqual([])
  })
})

test('a monitor says why there are no slots for claims, and succeeds', async () => {
  const one = node(LOST)
  one.claims.clear()
  const { tools } = one.system
  const sbd = tools.get('sbd')
  tools.set('sbd', (args, options) =>
    args.includes('allocate') ? { status: 1, stderr: 'no free slot\n' } : (sbd?.(args, options) ?? 1),
  )
  expect(await call(one, { ...DEVICE, action: 'monitor' })).toEqual({
    code: 0,
    stdout: '',
    stderr: expect.stringMatching(
      /allocate vhacs-claim-node1 exited with 1: no free slot; without a slot .* may both be reset/,
    ),
  })
})

describe('a node that is back when the delay is over', () => {
  test('is not fenced, with the reason, and no claim is left', async () => {
    const one = node(BACK)
    expect(await fence(one)).toMatchObject({
      code: 1,
      stderr: 'fence_vhacs_sbd: node2 is back in the cluster, which no longer wants it to be fenced\n',
    })
    expect(one.messages).toEqual([])
    expect([...one.claims.values()]).toEqual(['clear', 'clear'])
  })

  test('is waited for, from the moment when a link answers until its Pacemaker has joined', async () => {
    const linked = { ...LOST, hasLink: true }
    const member = { ...linked, isMember: true }
    const one = node(linked, linked, linked, member, member, BACK)
    expect(await fence(one)).toMatchObject({ code: 1, stderr: expect.stringContaining('node2 is back in the cluster') })
    expect(one.messages).toEqual([])
  })

  test('and lost again is not fenced by this request: the next one has its delay', async () => {
    const linked = { ...LOST, hasLink: true }
    const one = node(linked, linked, LOST)
    expect(await fence(one)).toMatchObject({
      code: 1,
      stderr: 'fence_vhacs_sbd: node2 was back and is lost again: the cluster has to decide anew\n',
    })
    expect(one.messages).toEqual([])
  })

  test('and lost again is not fenced by this request either where its delay is unknown, which is said', async () => {
    const linked = { ...LOST, hasLink: true }
    const one = node(linked, linked, linked, LOST)
    one.system.tools.set('crm_simulate', () => ({ status: 1, stderr: 'no answer\n' }))
    const { code, stderr } = await fence(one)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^fence_vhacs_sbd: node2 was back and is lost again: the cluster has to decide anew; the delay of this request is unknown: .*crm_simulate.* exited with 1: no answer\n$/,
    )
    expect(one.messages).toEqual([])
  })

  test.each(['0', undefined])('and lost again is fenced if the request was not delayed (%s)', async delay => {
    const linked = { ...LOST, hasLink: true }
    const one = node(linked, linked, LOST)
    one.delay = delay
    expect(await fence(one)).toEqual({
      code: 0,
      stdout: '',
      stderr: 'fence_vhacs_sbd: node2 answered and is lost again, without having joined the cluster, so it is fenced\n',
    })
    expect(one.messages).toEqual([RESET])
  })

  test('is fenced if its Pacemaker does not join', async () => {
    const one = node({ ...BACK, hasJoined: false, isWanted: true })
    expect(await fence(one)).toMatchObject({
      code: 0,
      // one line: there was no time left to look at the disk
      stderr: expect.stringMatching(
        /^fence_vhacs_sbd: corosync reaches node2, but the cluster did not say in time.*\n$/,
      ),
    })
    expect(one.messages).toEqual([RESET])
  })
})

describe('a member of the cluster', () => {
  test('is fenced if the scheduler wants that, as after a failed stop', async () => {
    const one = node({ ...BACK, isWanted: true })
    expect(await call(one, FENCE)).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(one.messages).toEqual([RESET])
  })

  test('is fenced if an administrator requests it', async () => {
    const one = node(BACK)
    one.clients = ['pacemaker-controld.1287', 'stonith_admin.31337']
    expect(await call(one, FENCE)).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(one.messages).toEqual([RESET])
  })

  test('is fenced if the fencer does not tell who requests it', async () => {
    const one = node(BACK)
    one.clients = []
    expect(await call(one, FENCE)).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(one.messages).toEqual([RESET])
  })

  test.each(['corosync-cmapctl', 'stonith_admin', 'cibadmin', 'crm_simulate'])('is fenced if %s fails', async tool => {
    const one = node(BACK)
    one.system.tools.set(tool, () => ({ status: 1, stderr: 'no answer\n' }))
    const { code, stderr } = await fence(one)
    expect(code).toBe(0)
    expect(stderr).toContain('whether node2 is back is unknown, so it is fenced: ')
    expect(one.messages).toEqual([RESET])
  })

  test.each([
    'corosync-cmapctl',
    'stonith_admin',
    'cibadmin',
    'crm_simulate',
  ])('is fenced if %s prints something else', async tool => {
    const one = node(BACK)
    one.system.tools.set(tool, () => ({ status: 0, stdout: '\u001b[2J<not XML' }))
    expect((await fence(one)).code).toBe(0)
    expect(one.messages).toEqual([RESET])
  })
})

describe('the device', () => {
  test.each(['monitor', 'status', 'validate-all'])('%s reads its disks', async action => {
    const one = node(LOST)
    expect(await call(one, { ...DEVICE, action })).toEqual({ code: 0, stdout: '', stderr: '' })
    one.system.tools.set('sbd', () => ({ status: 1, stderr: 'open() failed\n' }))
    expect(await call(one, { ...DEVICE, action })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`sbd -d ${DISK} list exited with 1: open() failed`),
    })
  })

  test.each([
    [1, 0],
    [2, 1],
  ])('of three disks, %d may be unreadable: %d', async (unreadable, code) => {
    const one = node(LOST)
    one.system.tools.set('sbd', ([, disk = '']) => (Number(disk.slice(-1)) <= unreadable ? 1 : 0))
    expect((await call(one, { action: 'monitor', devices: '/dev/sd1,/dev/sd2,/dev/sd3' })).code).toBe(code)
  })

  test('lists the nodes that have a slot', async () => {
    expect(await call(node(LOST), { ...DEVICE, action: 'list' })).toMatchObject({ code: 0, stdout: 'node1,\nnode2,\n' })
  })

  test('describes itself, from stdin and by an argument', async () => {
    const one = node(LOST)
    const { code, stdout } = await call(one, { action: 'metadata' })
    expect(code).toBe(0)
    expect(stdout).toContain('<resource-agent name="fence_vhacs_sbd"')
    expect((await call(one, {}, ['-o', 'metadata'])).stdout).toBe(stdout)
  })
})

describe('refuses, and fences nobody,', () => {
  test.each<[string, Record<string, string>, string]>([
    ['no disks', { action: 'reboot', plug: 'node2' }, 'devices is not set: set it to the disks in SBD_DEVICE'],
    ['no node', { ...DEVICE, action: 'reboot' }, 'no node is given'],
    ['another action', { ...FENCE, action: 'on' }, 'the action "on" is not supported'],
    ['a node that is an option', { ...FENCE, plug: '-d' }, 'the node to be fenced is "-d": a host name'],
    ['a disk that is an option', { ...FENCE, devices: '-d' }, 'devices has "-d": the path of a disk is expected'],
    ['four disks', { ...FENCE, devices: '/a,/b,/c,/d' }, 'devices has 4 disks: sbd uses at most 3'],
    ['control characters', { ...FENCE, plug: 'node2\u001b[31m' }, 'the node to be fenced is '],
  ])('%s', async (_, options, why) => {
    const one = node(LOST)
    const { code, stderr } = await call(one, options)
    expect(code).toBe(1)
    expect(stderr).toContain(`fence_vhacs_sbd: ${why}`)
    expect(stderr).not.toContain('\u001b')
    expect(one.messages).toEqual([])
  })

  test('arguments, of which it reads none but the action', async () => {
    const one = node(LOST)
    const { code, stderr } = await call(one, FENCE, ['--plug=node2', '--action=off'])
    expect(code).toBe(1)
    expect(stderr).toContain('parameters are read from stdin')
    expect(one.messages).toEqual([])
  })
})
