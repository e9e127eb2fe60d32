import type { FakeSystem, FakeTool, ToolResult } from '../system.ts'
import { asked, boot, type FakeUnit, type Nspawn, optionValue, transientFile, unload } from './nspawn.ts'

/* The tools of systemd, as far as the agent for containers uses them. */

export function systemdTools(system: FakeSystem, state: Nspawn): void {
  system.tools.set('systemd-run', systemdRun(system, state))
  system.tools.set('systemctl', systemctl(system, state))
  system.tools.set('journalctl', journalctl(state))
}

let starts = 0

/** systemd-run --quiet --no-block --unit UNIT --slice SLICE --property … -- PROGRAM ARGUMENT… */
function systemdRun(system: FakeSystem, state: Nspawn): FakeTool {
  return args => {
    const end = args.indexOf('--')
    const options = args.slice(0, end)
    const name = optionValue(options, '--unit')
    const words = args.slice(end + 1).map(word => word.replaceAll('$$', () => '$'))
    if (words[0] !== '/usr/bin/systemd-nspawn') throw new Error(`systemd-run starts ${words[0]}`)
    if (state.units.has(name))
      return failure(`Failed to start transient service unit: Unit ${name} was already loaded or has a fragment file.`)
    starts += 1
    const unit: FakeUnit = {
      name,
      words,
      invocation: String(starts).padStart(32, '0'),
      active: 'activating',
      result: 'success',
      status: 0,
      readyAt: Number.POSITIVE_INFINITY,
      container: undefined,
    }
    state.units.set(name, unit)
    system.put(transientFile(name), '[Service]\n')
    boot(system, state, unit)
    return 0
  }
}

function systemctl(system: FakeSystem, state: Nspawn): FakeTool {
  return args => {
    if (args.includes('is-system-running'))
      return { status: state.systemState === 'running' ? 0 : 1, stdout: `${state.systemState}\n` }
    const unit = state.units.get(args.at(-1) ?? '')
    if (args[0] === 'show') return { status: 0, stdout: shown(state, unit) }
    if (unit === undefined) return failure(`Unit ${args.at(-1)} not loaded.`, 5)
    return args[0] === 'reset-failed' ? resetFailed(system, state, unit) : stop(system, state, unit)
  }
}

function resetFailed(system: FakeSystem, state: Nspawn, unit: FakeUnit): ToolResult {
  if (unit.active === 'failed') unload(system, state, unit)
  return 0
}

function stop(system: FakeSystem, state: Nspawn, unit: FakeUnit): ToolResult {
  if (unit.active === 'deactivating') return 0
  if (unit.container !== undefined) asked(system, state, unit.container)
  else if (unit.active !== 'failed') unload(system, state, unit)
  return 0
}

function shown({ statusText }: Nspawn, unit: FakeUnit | undefined): string {
  if (unit?.active === 'activating' && Date.now() >= unit.readyAt) unit.active = 'active'
  const values = {
    Result: unit?.result ?? 'success',
    ExecMainStatus: unit?.status ?? 0,
    StatusText: unit?.container === undefined ? '' : `Container running: ${statusText}`,
    ActiveState: unit?.active ?? 'inactive',
    InvocationID: unit?.invocation ?? '',
  }
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/** journalctl … _SYSTEMD_INVOCATION_ID=ID */
function journalctl({ journal }: Nspawn): FakeTool {
  return args => {
    const lines = journal.get(args.at(-1)?.split('=')[1] ?? '') ?? []
    return { status: 0, stdout: lines.map(line => `${line}\n`).join('') }
  }
}

function failure(text: string, status = 1): ToolResult {
  return { status, stderr: `${text}\n` }
}
