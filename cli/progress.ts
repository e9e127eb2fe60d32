import { Listr } from 'listr2'
import type { Job } from './jobs.ts'

/** Shows for each job its latest step, in place. Its signals are the caller's business. */
export async function showProgress(jobs: readonly Job[], atOnce: number): Promise<void> {
  const tasks = jobs.map(({ name, run }) => ({
    title: name,
    task: (_: unknown, task: { title: string; output: string }) =>
      run(line => {
        task.title = `${name}: ${line.trim()}`
      }),
  }))
  const list = new Listr(tasks, {
    concurrent: atOnce,
    exitOnError: false,
    registerSignalListeners: false,
    rendererOptions: { showErrorMessage: false, collapseErrors: false },
  })
  await list.run()
}
