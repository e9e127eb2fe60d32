import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FIRST_VIEW, pressed } from '../../../../cli/state/watch/view.ts'
import type { Screen } from '../../../../cli/terminal/terminal.ts'
import { type FakeCluster, fakeCluster, isReading, node } from '../../../fake/cluster/cluster.ts'
import { c0 } from '../../cloud/examples.ts'
import { given } from '../call.ts'

interface FakeScreen extends Screen {
  rows: number
  columns: number
  /** What was drawn, one text each. */
  readonly shown: string[]
  isClosed: boolean
  press(key: string): void
  resize(): void
}

/** After each drawing one more of the actions is done; at their end q is pressed. */
function fakeScreen(actions: readonly ((screen: FakeScreen) => void)[]): FakeScreen {
  const keys: ((key: string) => void)[] = []
  const resizes: (() => void)[] = []
  const waiting = [...actions]
  const screen: FakeScreen = {
    rows: 40,
    columns: 120,
    shown: [],
    isClosed: false,
    show: text => {
      screen.shown.push(text)
      // the first drawing is made before anything is known
      if (screen.shown.length === 1) return
      const next = waiting.shift() ?? (() => screen.press('q'))
      queueMicrotask(() => next(screen))
    },
    onKey: handle => keys.push(handle),
    onResize: handle => resizes.push(handle),
    close: () => {
      screen.isClosed = true
    },
    press: key => {
      for (const handle of keys) handle(key)
    },
    resize: () => {
      for (const handle of resizes) handle()
    },
  }
  return screen
}

const clouds = [
  { ...c0, name: 'alpha', minor: 1, directory: '/clouds/alpha' },
  {
    ...c0,
    name: 'beta',
    minor: 2,
    directory: '/clouds/beta',
    storageNodes: ['node3', 'node2'] as const,
    preferredVhosts: ['node1'],
  },
]

async function watched(
  actions: readonly ((screen: FakeScreen) => void)[],
  options: { line?: string; cluster?: FakeCluster } = {},
) {
  const screen = fakeScreen(actions)
  const cluster = options.cluster ?? fakeCluster(clouds)
  const result = await given(cluster).run(options.line ?? 'cluster -m', { openScreen: () => screen })
  return { screen, cluster, result, last: screen.shown.at(-1) ?? '' }
}
const press = (key: string) => (screen: FakeScreen) => screen.press(key)
const storagesShown = (text: string) => [...text.matchAll(/\(A\)(alpha|beta)/g)].map(([, name]) => name)

test('it shows both tables until q is pressed, and leaves the terminal as it was', async () => {
  const { screen, result, last } = await watched([])
  expect(result).toEqual({ status: 0, stdout: [], stderr: [] })
  expect(last).toContain('| (A)node1 | online    |')
  expect(storagesShown(last)).toEqual(['alpha', 'beta'])
  expect(screen.isClosed).toBe(true)
})

test('storage --monitor shows only the storages', async () => {
  const { last } = await watched([], { line: 'storage -m' })
  expect(last).not.toContain('HA STATUS')
  expect(storagesShown(last)).toEqual(['alpha', 'beta'])
})

test('it reads the state repeatedly, and changes nothing', async () => {
  const { cluster } = await watched([() => undefined, () => undefined])
  expect(cluster.ran.filter(({ words: [tool] }) => tool === 'crm_mon')).toHaveLength(3)
  expect(cluster.ran.filter(command => !isReading(command))).toEqual([])
})

test('a change in the cluster is shown automatically', async () => {
  const cluster = fakeCluster(clouds)
  const { active } = cluster
  const stop = () => {
    cluster.active = () => active().filter(({ id }) => !id.startsWith('beta-'))
  }
  const { screen } = await watched([stop], { cluster })
  expect(screen.shown.at(1)).toMatch(/\(A\)beta +\| \(P\)node3/)
  expect(screen.shown.at(-1)).toMatch(/\(A\)beta +\| \(-\)node3/)
})

test('r reverses the order, s selects the next column', async () => {
  const { screen, last } = await watched([press('r'), press('r'), press('s'), press('s')])
  expect(screen.shown.slice(1).map(text => storagesShown(text).join())).toEqual(
    expect.arrayContaining(['alpha,beta', 'beta,alpha']),
  )
  // beta is mounted on node1, alpha on node2
  expect(last).toContain('sorted by mount')
  expect(storagesShown(last)).toEqual(['beta', 'alpha'])
})

test('f and a text show only the rows that contain it', async () => {
  const { last } = await watched([press('f'), press('be'), press('\r')])
  expect(storagesShown(last)).toEqual(['beta'])
  expect(last).toContain('f: filter (be)')
})

test('q is a letter while a filter is typed', async () => {
  const { screen } = await watched([press('f'), press('q'), press('\u007f'), press('\u001b')])
  expect(screen.shown).toContainEqual(expect.stringContaining('filter: q_'))
  expect(storagesShown(screen.shown.at(-1) ?? '')).toEqual(['alpha', 'beta'])
})

describe('on a small screen', () => {
  test('the rows that fit are shown, and the number of the rest', async () => {
    const shrink = (screen: FakeScreen) => {
      screen.rows = 6
      screen.columns = 30
      screen.resize()
    }
    const { last } = await watched([shrink])
    const lines = last.split('\n')
    expect(lines.length).toBeLessThan(6)
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(30)
    expect(lines.at(-1)).toMatch(/^\.\.\. and \d+ more lines$/)
  })
})

test('when the cluster cannot be read, the last state is kept and marked as such', async () => {
  const cluster = fakeCluster(clouds)
  const lose = () => {
    cluster.disturb = ({ words: [tool] }) => (tool === 'cibadmin' ? 'fails' : undefined)
  }
  const { last, result } = await watched([lose], { cluster })
  expect(result.status).toBe(0)
  expect(last).toMatch(/not current: cibadmin --query exited with 99/)
  expect(storagesShown(last)).toEqual(['alpha', 'beta'])
})

test('the loss of a node is shown', async () => {
  const cluster = fakeCluster(clouds)
  const lose = () => {
    node(cluster, 'node2').isUp = false
  }
  const { last } = await watched([lose], { cluster })
  expect(last).toMatch(/node2 could not be queried: ssh root@node2 exited with 255/)
})

test('a node that has returned is queried again', async () => {
  const cluster = fakeCluster(clouds)
  const node2 = node(cluster, 'node2')
  node2.isUp = false
  const comeBack = () => {
    node2.isUp = true
  }
  const { screen, last } = await watched([comeBack], { cluster })
  expect(screen.shown.at(1)).toContain('node2 could not be queried')
  expect(last).not.toContain('node2 could not be queried')
})

test('Ctrl-C, as a key or as a signal, ends it (0)', async () => {
  expect((await watched([press('\u0003')])).screen.isClosed).toBe(true)
  const controller = new AbortController()
  const screen = fakeScreen([() => controller.abort(new Error('interrupted (SIGTERM)'))])
  await given(fakeCluster(clouds)).run('cluster -m', { openScreen: () => screen, interruption: controller.signal })
  expect(screen.isClosed).toBe(true)
})

test('without a terminal it is a usage error (2)', async () => {
  await given(fakeCluster())
    .run('cluster -m')
    .isRefused('vhacs: --monitor needs a terminal; --monitor1 prints once', [])
})

test('no key breaks a view, and only q and Ctrl-C end it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('s', 'r', 'f', '/', '\r', '\u001b'))),
      keys => {
        const view = keys.reduce(pressed, FIRST_VIEW)
        expect(view.isDone && !keys.some(key => key === 'q' || key === '\u0003')).toBe(false)
        expect(view.filter).toMatch(/^[\w.,:/-]*$/)
      },
    ),
  )
})
