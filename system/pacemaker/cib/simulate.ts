import { RUN_DIRECTORY } from '../../files.ts'
import { type RunOptions, runToSuccess, type System, type Tool } from '../../system.ts'
import { schedulingSeconds } from '../scheduling-time.ts'
import { withCibDirectory } from './copy.ts'

const crmSimulate: Tool = { name: 'crm_simulate', package: 'pacemaker-cli-utils' }

/**
 * What Pacemaker would do about a CIB, as crm_simulate's XML. crm_simulate puts a copy of the CIB below `directory`, not where
 * Pacemaker has its own: that disk may be full when a node is to be put in standby.
 */
export async function plannedActions(
  system: System,
  cib: string,
  directory: string = RUN_DIRECTORY,
  signal?: AbortSignal,
): Promise<string> {
  const bounds = signal === undefined ? { timeoutSeconds: 60 + schedulingSeconds(cib) } : { signal }
  return withCibDirectory(system, directory, scratch => simulate(system, { cib, scratch, bounds }))
}

/** The same as the transition graph that Pacemaker's controller would follow, which has the parameters of each action. */
export async function plannedTransition(system: System, cib: string, signal: AbortSignal): Promise<string> {
  return withCibDirectory(system, RUN_DIRECTORY, async scratch => {
    const graph = `${scratch}/graph.xml`
    await simulate(system, { cib, scratch, bounds: { signal }, args: ['--save-graph', graph] })
    return system.read(graph)
  })
}

interface Simulation {
  readonly cib: string
  readonly scratch: string
  readonly bounds: Pick<RunOptions, 'signal' | 'timeoutSeconds'>
  readonly args?: readonly string[]
}

async function simulate(system: System, { cib, scratch, bounds, args = [] }: Simulation): Promise<string> {
  const environment = { CIB_shadow_dir: scratch }
  const options = { input: cib, environment, ...bounds, looks: true } as const
  return (await runToSuccess(system, crmSimulate, ['--run', '--xml-pipe', '--output-as=xml', ...args], options)).stdout
}
