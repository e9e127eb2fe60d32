import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { descendants, type Element, parseXml } from '../../../cloud/xml.ts'
import { FENCING_DEVICE } from './cib.ts'
import { remembered } from './remembered.ts'
import { inDirectory, spawnTool } from './tools.ts'

/*
 * Pacemaker's own tools, on files: no cluster is needed.
 */

/** What one transition of the scheduler did. */
export interface Transition {
  /** Its decisions, as in crm_simulate's summary: `move c0-target node1 -> node2`. */
  readonly summary: readonly string[]
  /** Its actions on online nodes, in order, without monitors and notifications: `c0-target start node2`. */
  readonly executed: readonly string[]
  /** The CIB afterwards. */
  readonly cib: string
}

/** Runs the scheduler once and pretends that all its actions succeed. */
export const simulate = remembered(
  (cib: string, ...options: string[]): Transition =>
    inDirectory(directory => {
      const input = join(directory, 'before.xml')
      const output = join(directory, 'after.xml')
      writeFileSync(input, cib)
      if (options.length > 0) inject(input, options, directory)
      const args = ['--xml-file', input, '--simulate', '--save-output', output, '--output-as=xml']
      const { stdout } = succeed(runTool('crm_simulate', args, { CIB_shadow_dir: directory }))
      const result = parseXml(stdout)
      return {
        summary: descendants(result, 'actions').flatMap(({ children }) => children.flatMap(decision)),
        executed: descendants(result, 'transition').flatMap(({ children }) => children.flatMap(action)),
        cib: readFileSync(output, 'utf8'),
      }
    }),
)

/** Injects events into the CIB in a file. In a run of its own: with XML output, crm_simulate 3.0.0 would only inject. */
function inject(file: string, options: readonly string[], directory: string): void {
  const args = ['--xml-file', file, '--save-input', file, ...options]
  succeed(runTool('crm_simulate', args, { CIB_shadow_dir: directory }))
}

/** The errors and warnings of crm_verify; empty when there are none. Only with a second `-V` it explains a warning. */
export function verify(cib: string, verbosity: readonly string[] = ['-V', '-V']): string {
  return verified(cib, verbosity)
}

const verified = remembered((cib: string, verbosity: readonly string[]) =>
  inDirectory(directory => {
    const file = join(directory, 'cib.xml')
    writeFileSync(file, cib)
    const { status, stderr } = runTool('crm_verify', ['--xml-file', file, ...verbosity], {})
    return status === 0 ? '' : stderr || `crm_verify exited with ${status}`
  }),
)

/** The CIB after `cibadmin --patch`, and its exit status. */
export interface Patched {
  readonly cib: string
  readonly isRefused: boolean
  readonly status: number
}

/** What the scheduler would do at a time, in milliseconds since the epoch, as XML of crm_simulate. */
export function planned(cib: string, now = Date.now()): string {
  return scheduled(cib, now)
}

const scheduled = remembered((cib: string, now: number) => {
  const at = `--set-datetime=${new Date(now).toISOString()}`
  return succeed(runTool('crm_simulate', ['--run', '--xml-pipe', '--output-as=xml', at], {}, cib)).stdout
})

/** Applies a patch with `cibadmin --patch`. */
export const patched = remembered(
  (cib: string, patch: string): Patched =>
    inDirectory(directory => {
      const file = join(directory, 'cib.xml')
      writeFileSync(file, cib)
      const { status } = runTool('cibadmin', ['--patch', '--xml-pipe'], { CIB_file: file }, patch)
      return { cib: readFileSync(file, 'utf8'), isRefused: status !== 0, status: status ?? 1 }
    }),
)

function decision({ attributes }: Element): string[] {
  const { task, action, source, dest, node } = attributes
  const resource = withoutInstance(attributes.resource)
  if (resource === FENCING_DEVICE) return []
  const where = dest === undefined ? (node ?? source) : `${source} -> ${dest}`
  return [[task ?? action, resource, where].filter(part => part !== undefined).join(' ')]
}

function action({ name, attributes: { resource, op = '', node, target } }: Element): string[] {
  if (name === 'fencing_action') return [`fence ${target}`]
  const isIgnored = resource === FENCING_DEVICE || ['monitor', 'notify', 'cancel'].includes(op)
  return name !== 'rsc_action' || isIgnored ? [] : [`${withoutInstance(resource)} ${op} ${node}`]
}

function withoutInstance(resource: string | undefined): string | undefined {
  return resource?.replace(/:\d+$/, '')
}

interface Result {
  readonly tool: string
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export function runTool(tool: string, args: string[], environment: Record<string, string>, input = ''): Result {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', ...environment }
  const { error, status, stdout, stderr } = spawnTool([tool, ...args], { env, input, timeoutMilliseconds: 120_000 })
  if (error && 'code' in error && error.code === 'ENOENT')
    throw new Error(`${tool} is missing, and this test is nothing without it: install the package pacemaker-cli-utils`)
  if (error) throw error
  return { tool, status, stdout, stderr }
}

function succeed(result: Result): Result {
  if (result.status !== 0) throw new Error(`${result.tool} exited with ${result.status}: ${result.stderr}`)
  return result
}
