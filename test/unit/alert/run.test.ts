import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Environment } from '../../../alert/event.ts'
import { runAlert } from '../../../alert/run.ts'
import { CIB_FILE } from '../../../system/cib-directory.ts'
import { type FakeSystem, fakeSystem } from '../../fake/system.ts'
import { errno } from '../../fake/tree.ts'
import { ATTRIBUTE, fencingEvent, nodeEvent, resourceEvent } from './environments.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-29T20:00:00Z') })
})
afterEach(() => {
  vi.useRealTimers()
})

interface Sent {
  readonly tool: string
  readonly args: readonly string[]
  readonly input: string
}

/** A node that records what is sent, with the members and failures of its cluster. */
function node({ members = 'node1 node2', failure = '' } = {}) {
  const system = fakeSystem({ '/proc/sys/kernel/hostname': 'node1\n', '/run/.keep': '' })
  const sent: Sent[] = []
  for (const tool of ['logger', 'sendmail'])
    system.tools.set(tool, (args, { input = '' }) => {
      sent.push({ tool, args, input })
      return 0
    })
  system.tools.set('crm_node', () => ({ status: 0, stdout: `${members}\n` }))
  system.tools.set('crm_mon', () => ({
    status: 0,
    stdout: `<pacemaker-result><failures>${failure}</failures></pacemaker-result>`,
  }))
  const posts: { readonly url: string; readonly body: string }[] = []
  Object.assign(system, {
    postJson: async (url: string, body: string) => {
      posts.push({ url, body })
      return 204
    },
  })
  return { system, sent, posts }
}

async function alert(system: FakeSystem, environment: Environment) {
  let stderr = ''
  const code = await runAlert({
    system,
    environment,
    writeError: text => {
      stderr += text
    },
    signal: new AbortController().signal,
  })
  return { code, stderr }
}

const DEGRADED = resourceEvent('c0-drbd', { code: 190 })
const MAIL = { CRM_alert_recipient: 'mail:admin@example.com' }
const HOOK = { CRM_alert_recipient: 'https://hooks.example/services/KEY' }

describe('recipients', () => {
  test('a log, with the facility of Pacemaker', async () => {
    const { system, sent } = node()
    expect(await alert(system, { ...DEGRADED, HA_LOGFACILITY: 'local3' })).toEqual({ code: 0, stderr: '' })
    expect(sent).toEqual([
      {
        tool: 'logger',
        args: ['-t', 'vhacs-alert', '-p', 'local3.warning'],
        input: 'storage c0: DRBD is degraded on node1; run "vhacs storage --info c0"\n',
      },
    ])
  })

  test.each(['none', 'x; reboot', '-p', ''])('the facility %j is not used', async facility => {
    const { system, sent } = node()
    await alert(system, { ...DEGRADED, HA_LOGFACILITY: facility })
    expect(sent[0]?.args.at(-1)).toBe('daemon.warning')
  })

  test('without a recipient, the log', async () => {
    const { system, sent } = node()
    await alert(system, { ...DEGRADED, CRM_alert_recipient: undefined })
    expect(sent[0]?.tool).toBe('logger')
  })

  test('mail, by sendmail', async () => {
    const { system, sent } = node()
    await alert(system, { ...DEGRADED, ...MAIL })
    expect(sent[0]?.args).toEqual(['-i', '--', 'admin@example.com'])
    expect(sent[0]?.input.split('\n')).toEqual([
      'To: admin@example.com',
      'Subject: [vhacs] storage c0: DRBD is degraded on node1',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      'Auto-Submitted: auto-generated',
      '',
      'storage c0: DRBD is degraded on node1; run "vhacs storage --info c0"',
      '',
      expect.stringMatching(/^Reported by node1 at 2026-11-29T20:00:0\d\.000Z$/),
      '',
    ])
  })

  test('a webhook, by JSON', async () => {
    const { system, posts } = node()
    await alert(system, { ...DEGRADED, ...HOOK })
    expect(posts[0]?.url).toBe('https://hooks.example/services/KEY')
    expect(JSON.parse(posts[0]?.body ?? '')).toEqual({
      text: 'storage c0: DRBD is degraded on node1; run "vhacs storage --info c0"',
      ...{ event: 'degraded', storage: 'c0', vserver: null, resource: 'c0-drbd', node: 'node1', reason: null },
      todo: 'run "vhacs storage --info c0"',
      ...{ reportedBy: 'node1', time: expect.stringMatching(/^2026-11-29T20:00:0/) },
    })
  })
})

describe('a vserver', () => {
  const FAILED = resourceEvent('web0-container', { task: 'start', interval: 0, code: 1, description: 'error' })
  const COLOCATION = '<rsc_colocation id="web0-vserver-mount-colocation" rsc="web0-vserver" with-rsc="c0-mount"/>'

  test('is named with its storage, by the file of the CIB', async () => {
    const { system, posts } = node()
    system.put(CIB_FILE, `<cib><configuration><constraints>${COLOCATION}</constraints></configuration></cib>`)
    await alert(system, { ...FAILED, ...HOOK })
    await alert(system, { ...FAILED, ...HOOK, CRM_alert_rsc: 'web0-ip' })
    await alert(system, { ...FAILED, ...HOOK, CRM_alert_rsc: 'web1-ip' })
    expect(posts.map(({ body }) => JSON.parse(body))).toMatchObject([
      {
        storage: 'c0',
        vserver: 'web0',
        text: expect.stringMatching(/^vserver web0 on storage c0: start of the container/),
      },
      {
        storage: 'c0',
        vserver: 'web0',
        text: expect.stringMatching(/^vserver web0 on storage c0: start of the address/),
      },
      { storage: null, vserver: null, text: expect.stringMatching(/^start of web1-ip failed/) },
    ])
  })

  test.each(['', '<cib', '<cib/>'])('is reported as a resource where that is %j', async text => {
    const { system, sent } = node()
    if (text !== '') system.put(CIB_FILE, text)
    await alert(system, FAILED)
    expect(sent[0]?.input).toMatch(/^start of web0-container failed on node1: error; /)
  })
})

describe('hostile values', () => {
  const HEADER = 'x\nBcc: evil@example.com\r\n\r\nbody'

  test.each(['rsc', 'node', 'desc', 'task'])('CRM_alert_%s adds no header and no line to a mail', async name => {
    const { system, sent } = node()
    const event = resourceEvent('c0-drbd', { code: 1, description: 'error' })
    await alert(system, { ...event, [`CRM_alert_${name}`]: HEADER, ...MAIL })
    expect(sent[0]?.input.split('\n')).toHaveLength(11)
    expect(sent[0]?.input).not.toMatch(/^Bcc:/m)
  })

  test.each([
    'mail:-oQ/tmp',
    'mail:a b@example.com',
    'mail:a@example.com\nBcc: evil@example.com',
    'mail:|sh',
    'mail:',
    'file:///etc/passwd',
    'https://',
    'https://user:password@host/',
    'https://host/\nX: y',
    'ftp://host/',
    '--help',
    'nobody',
  ])('the recipient %j gets nothing, and the event is in the log', async recipient => {
    const { system, sent, posts } = node()
    const { code, stderr } = await alert(system, { ...DEGRADED, CRM_alert_recipient: recipient })
    expect(code).toBe(1)
    expect(posts).toEqual([])
    expect(sent.map(({ tool }) => tool)).toEqual(['logger'])
    expect(stderr).toContain('storage c0: DRBD is degraded on node1')
    expect(stderr.trim()).not.toContain('\n')
    expect(stderr).not.toContain('password@')
  })
})

describe('the reason', () => {
  const failure = (reason: string) =>
    `<failure op_key="c0-drbd_monitor_20000" node="node1" exitstatus="degraded" exitcode="190" exitreason="${reason}"/>`

  test('is the one that the cluster has from the agent', async () => {
    const { system, sent } = node({ failure: failure('the peer is not connected') })
    await alert(system, DEGRADED)
    expect(sent[0]?.input).toContain('is degraded on node1: the peer is not connected; run')
  })

  test('of a split brain says so', async () => {
    const { system, posts } = node({ failure: failure('split brain (StandAlone): choose') })
    await alert(system, { ...DEGRADED, ...HOOK })
    expect(JSON.parse(posts[0]?.body ?? '').event).toBe('split-brain')
  })

  test('contains no secret', async () => {
    const { system, sent } = node({ failure: failure('fence_x passwd=topsecret failed') })
    await alert(system, DEGRADED)
    expect(sent[0]?.input).toContain('passwd=********')
    await alert(system, resourceEvent('x', { code: 1, description: 'token=topsecret' }))
    expect(JSON.stringify(sent)).not.toContain('topsecret')
  })

  test.each<[string, (system: FakeSystem) => void]>([
    ['is missing', system => system.tools.delete('crm_mon')],
    ['fails', system => system.tools.set('crm_mon', () => 102)],
    ['prints garbage', system => system.tools.set('crm_mon', () => ({ status: 0, stdout: '<<<' }))],
  ])('is not waited for where crm_mon %s', async (_, disturb) => {
    const { system, sent } = node()
    disturb(system)
    expect((await alert(system, DEGRADED)).code).toBe(0)
    expect(sent[0]?.input).toContain('is degraded on node1')
  })
})

describe('the same event', () => {
  test('is reported once in ten minutes, and then again', async () => {
    const { system, sent } = node()
    await alert(system, DEGRADED)
    await alert(system, DEGRADED)
    expect(sent).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(600_000)
    await alert(system, DEGRADED)
    expect(sent).toHaveLength(2)
  })

  test('is reported once to each recipient', async () => {
    const { system, sent, posts } = node()
    for (const recipient of [{}, MAIL, HOOK, MAIL, {}]) await alert(system, { ...DEGRADED, ...recipient })
    expect(sent.map(({ tool }) => tool)).toEqual(['logger', 'sendmail'])
    expect(posts).toHaveLength(1)
  })

  test('of an instance of a clone is that of the resource', async () => {
    const { system, sent } = node()
    await alert(system, DEGRADED)
    await alert(system, { ...DEGRADED, CRM_alert_rsc: 'c0-drbd:1' })
    expect(sent).toHaveLength(1)
  })

  test('on several nodes is reported by the first of them; each log has it', async () => {
    const second = node({ members: 'node0 node1' })
    await alert(second.system, nodeEvent('node2', 'lost', MAIL))
    await alert(second.system, fencingEvent('node2', 0, MAIL))
    expect(second.sent).toEqual([])
    await alert(second.system, nodeEvent('node2', 'lost'))
    expect(second.sent.map(({ tool }) => tool)).toEqual(['logger'])
    const first = node({ members: 'node1 node2 node3' })
    await alert(first.system, nodeEvent('node2', 'lost', MAIL))
    expect(first.sent).toHaveLength(1)
  })

  test('is reported where the members are not known', async () => {
    const { system, sent } = node()
    system.tools.set('crm_node', () => 102)
    await alert(system, nodeEvent('node2', 'lost', MAIL))
    expect(sent).toHaveLength(1)
  })

  test('that could not be reported is reported when it repeats', async () => {
    const { system, sent } = node()
    const sendmail = system.tools.get('sendmail')
    system.tools.set('sendmail', () => ({ status: 75, stderr: 'queue is full' }))
    const { code, stderr } = await alert(system, { ...DEGRADED, ...MAIL })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^vhacs-alert: not reported \(.*queue is full\): storage c0: DRBD is degraded on node1/)
    if (sendmail) system.tools.set('sendmail', sendmail)
    await alert(system, { ...DEGRADED, ...MAIL })
    expect(sent.map(({ tool }) => tool)).toEqual(['logger', 'sendmail'])
  })
})

describe('a recovery', () => {
  test('is reported once, after what it ends', async () => {
    const { system, sent } = node()
    const fine = resourceEvent('c0-drbd', { code: 0 })
    await alert(system, fine)
    expect(sent).toEqual([])
    await alert(system, DEGRADED)
    await alert(system, fine)
    await alert(system, fine)
    expect(sent.map(({ input }) => input)).toEqual([
      expect.stringContaining('is degraded'),
      'storage c0: DRBD has recovered on node1; nothing needs to be done\n',
    ])
    expect(sent[1]?.args.at(-1)).toBe('daemon.notice')
    // and the next time it is news again
    await alert(system, DEGRADED)
    expect(sent).toHaveLength(3)
  })

  test('of a node is reported by the one that reported its loss', async () => {
    const { system, sent } = node({ members: 'node0 node1 node2' })
    await alert(system, nodeEvent('node2', 'member', MAIL))
    expect(sent).toEqual([])
    const first = node()
    await alert(first.system, nodeEvent('node2', 'lost', MAIL))
    await alert(first.system, fencingEvent('node2', 0, MAIL))
    await alert(first.system, nodeEvent('node2', 'member', MAIL))
    expect(first.sent.map(({ input }) => /^Subject: (.*)$/m.exec(input)?.[1])).toEqual([
      '[vhacs] node node2 is lost',
      '[vhacs] node node2 was fenced',
      '[vhacs] node node2 is back',
    ])
  })
})

describe('where nothing can be noted', () => {
  test.each(['EACCES', 'ENOSPC', 'EROFS'])('everything is reported (%s)', async code => {
    const { system, sent } = node()
    Object.assign(system, {
      makeDirectory: async (path: string) => {
        throw errno(code, 'mkdir', path)
      },
    })
    for (const event of [DEGRADED, DEGRADED]) expect((await alert(system, event)).code).toBe(0)
    expect(sent).toHaveLength(2)
  })

  test('of several processes at once, one reports', async () => {
    const { system, sent } = node()
    await Promise.all([1, 2, 3].map(() => alert(system, DEGRADED)))
    expect(sent).toHaveLength(1)
  })
})

test('a webhook that fails is named by its host, not by its path', async () => {
  const { system, sent } = node()
  Object.assign(system, { postJson: async () => 404 })
  const { stderr } = await alert(system, { ...DEGRADED, ...HOOK })
  expect(stderr).toContain('hooks.example answered with the status 404')
  expect(stderr + JSON.stringify(sent)).not.toContain('KEY')
})

test('without an event it says what it is for', async () => {
  const { system, sent } = node()
  const { code, stderr } = await alert(system, {})
  expect(code).toBe(1)
  expect(stderr).toContain('vhacs cluster --setalerts')
  expect(sent).toEqual([])
})

test('the change of an attribute costs no process', async () => {
  const { system } = node()
  expect((await alert(system, ATTRIBUTE)).code).toBe(0)
  expect(system.commands).toEqual([])
})
