import { type Call, textOf } from '../command/verb.ts'
import { exposition } from './exposition.ts'
import { serve } from './http/serve.ts'
import { type Fault, scrape } from './scrape.ts'
import { writeTextfile } from './textfile.ts'

/**
 * vhacs metrics. Without the CIB, the storages are missing in the output, which must not look as if there were none: it is printed, but
 * the command fails. Any other fault only shows in vhacs_scrape_success, and on standard error.
 */
export async function showMetrics({ system, terminal, options }: Call): Promise<void> {
  const path = textOf(options, 'textfile')
  if (options.http && path !== undefined) throw new RangeError('--http and --textfile exclude each other')
  if (options.http) {
    if (terminal.openConnection === undefined) throw new Error('there is no connection to serve')
    return serve(system, terminal.openConnection())
  }
  const { samples, faults } = await scrape(system)
  const lines = exposition(samples)
  if (path !== undefined) await writeTextfile(system, path, lines)
  else for (const line of lines) terminal.print(line)
  const { cib = [], ...others } = Object.groupBy(faults, ({ part }) => part)
  for (const { part, why } of Object.values(others).flat()) terminal.printError(`vhacs: ${part} is incomplete: ${why}`)
  if (cib.length > 0) throw new Error(`the storages are unknown: ${cib.map(({ why }: Fault) => why).join('; ')}`)
}
