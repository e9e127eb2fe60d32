import { describe, expect, test } from 'vitest'
import { messageOf, type Print, runSteps, type Step, StepFailed } from '../../../../cli/run/steps.ts'

/** Steps that record their calls; the one of this name fails, and so do these undos. */
function steps(options: { readonly failing?: string; readonly failingUndos?: readonly string[] } = {}) {
  const done: string[] = []
  const step = (name: string): Step => ({
    name,
    run: async () => {
      done.push(`run ${name}`)
      if (name === options.failing) throw new Error('no space left')
    },
    undo: async () => {
      done.push(`undo ${name}`)
      if (options.failingUndos?.includes(name)) throw new Error('busy')
    },
  })
  return { all: ['volume', 'replication', 'export', 'mount'].map(step), done }
}

const saying = (print: Print) => ({ print, isDryRun: false, interruption: new AbortController().signal })
const quietly = saying(() => {})

test('steps run in order, and each is printed', async () => {
  const { all, done } = steps()
  const said: string[] = []
  await runSteps(
    all,
    saying(line => said.push(line)),
  )
  expect(done).toEqual(['run volume', 'run replication', 'run export', 'run mount'])
  expect(said).toEqual(['volume', 'replication', 'export', 'mount'])
})

describe('when a step fails', () => {
  test('it and those before it are undone in reverse order, and those after it do not run', async () => {
    const { all, done } = steps({ failing: 'export' })
    await expect(runSteps(all, quietly)).rejects.toThrow(StepFailed)
    expect(done.slice(3)).toEqual(['undo export', 'undo replication', 'undo volume'])
  })

  test('the error names the step and keeps the cause', async () => {
    const { all } = steps({ failing: 'export' })
    const error = await runSteps(all, quietly).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ message: 'export: no space left', cause: new Error('no space left') })
  })

  test('an undo that fails ends the rollback, and the remaining steps are reported', async () => {
    const { all, done } = steps({ failing: 'export', failingUndos: ['replication'] })
    const said: string[] = []
    await expect(
      runSteps(
        all,
        saying(line => said.push(line)),
      ),
    ).rejects.toThrow('export: no space left; NOT UNDONE: replication: busy; NOT UNDONE: volume')
    expect(done.slice(3)).toEqual(['undo export', 'undo replication'])
    expect(said.slice(3)).toEqual([
      'FAILED: export',
      'undoing: export',
      'undoing: replication',
      'NOT UNDONE: replication: busy',
      'NOT UNDONE: volume',
    ])
  })

  test('a step without an undo is skipped', async () => {
    const { all, done } = steps({ failing: 'mount' })
    const withoutUndo = all.map(({ undo, ...step }) =>
      step.name === 'export' ? step : { ...step, ...(undo && { undo }) },
    )
    await expect(runSteps(withoutUndo, quietly)).rejects.toThrow(StepFailed)
    expect(done.slice(4)).toEqual(['undo mount', 'undo replication', 'undo volume'])
  })
})

test('after an interruption no further step begins, and the steps that have begun are undone', async () => {
  const { all, done } = steps()
  const controller = new AbortController()
  const print = (line: string) => line === 'export' && controller.abort(new Error('interrupted (SIGINT)'))
  const work = { ...saying(print), interruption: controller.signal }
  await expect(runSteps(all, work)).rejects.toThrow('export: interrupted (SIGINT)')
  expect(done).toEqual(['run volume', 'run replication', 'undo export', 'undo replication', 'undo volume'])
})

test('a dry run does not wait', async () => {
  const { all, done } = steps()
  const waiting = all.map(step => (step.name === 'export' ? { ...step, waits: true as const } : step))
  await runSteps(waiting, { ...quietly, isDryRun: true })
  expect(done).toEqual(['run volume', 'run replication', 'run mount'])
})

test.each([
  [new Error('Unexpected end\nLine: 0\n  Column: 7\n'), 'Unexpected end; Line: 0; Column: 7'],
  ['no error at all', 'no error at all'],
  [new Error("EACCES: permission denied, open '/run/vhacs/x'"), '/run/vhacs/x: permission denied (EACCES)'],
  [
    new Error("EXDEV: cross-device link not permitted, rename '/a' -> '/b'"),
    '/a: cross-device link not permitted (EXDEV)',
  ],
])('the message of %j is one line', (error, line) => {
  expect(messageOf(error)).toBe(line)
})

describe('an interruption', () => {
  /** Two steps, the first of which runs until it is released; the lines about them, and their result. */
  function underWay(undo?: () => Promise<void>) {
    const controller = new AbortController()
    const said: string[] = []
    const { promise, resolve: end } = Promise.withResolvers<void>()
    const steps: Step[] = [
      { name: 'volume', run: () => promise, ...(undo && { undo }) },
      { name: 'mount', run: async () => undefined },
    ]
    const ended = runSteps(steps, { ...saying(line => said.push(line)), interruption: controller.signal }).catch(
      messageOf,
    )
    return { interrupt: () => controller.abort(new Error('interrupted (SIGINT)')), said, end, ended }
  }

  test('is acknowledged at once, and takes effect when the step has finished', async () => {
    const { interrupt, said, end, ended } = underWay(async () => undefined)
    interrupt()
    expect(said).toEqual(['volume', 'interrupted: undoing when this step has finished'])
    end()
    expect(await ended).toBe('mount: interrupted (SIGINT)')
    expect(said.slice(2)).toEqual(['mount', 'FAILED: mount', 'undoing: volume'])
  })

  test('does not announce an undo if there is none', async () => {
    const { interrupt, said, end, ended } = underWay()
    interrupt()
    expect(said.at(-1)).toBe('interrupted: stopping when this step has finished')
    end()
    await ended
  })
})
