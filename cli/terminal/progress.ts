import { Listr } from 'listr2'
import type { Job } from '../run/jobs.ts'
import { StepFailed } from '../run/steps.ts'
import { inOneLine } from './printable.ts'

/** Shows the latest step of each job, in place. The caller handles signals. */
export async function showProgress(jobs: readonly Job[], atOnce: number): Promise<void> {
  const tasks = jobs.map(({ name, run }) => ({
    title: name,
    task: async (_: unknown, task: { title: string; output: string }) => {
      const show = (line: string) => {
        task.title = inOneLine(`${name}: ${line.trim()}`)
      }
      try {
        await run(show)
      } catch (error) {
        // replaces the last step, which was an undo; the reason is the command's last line
        show(error instanceof StepFailed ? `FAILED: ${error.step}` : 'FAILED')
        throw error
      }
    },
  }))
  const list = new Listr(tasks, {
    concurrent: atOnce,
    exitOnError: false,
    registerSignalListeners: false,
    rendererOptions: { showErrorMessage: false, collapseErrors: false },
  })
  await list.run()
}
