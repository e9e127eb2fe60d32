import { vi } from 'vitest'
import { lvmVolume } from '../../../agents/lvm-volume/index.ts'
import { lvm } from '../block/device-mapper.ts'
import { recurring } from '../call.ts'
import { type FakeSystem, type FakeTool, fakeSystem } from '../system.ts'
import { actionOf, actionsOf } from './actions.ts'

/** The parameters of the one volume that it has. */
export const parameters = { volume: 'c0' }

export const { start, stop, monitor, probe, validate } = actionsOf(lvmVolume, parameters)
/** A recurring monitor that reads from the volume. */
export const deepMonitor = actionOf(lvmVolume, parameters, ['monitor', { ...recurring, OCF_CHECK_LEVEL: '10' }])

/** A node with the volume, not active. */
export function stopped() {
  const system = fakeSystem({ '/proc/self/mountinfo': '' })
  const { volumes, ...mapper } = lvm(system, ['vhacs/c0'])
  const [volume] = volumes
  if (volume === undefined) throw new Error('no volume')
  return { system, volume, ...mapper }
}

/** A node with the volume active. */
export function started() {
  const made = stopped()
  made.activate(made.volume)
  return made
}

/** A tool that exits with this status and these words. */
export function fails(status: number, stderr: string): FakeTool {
  return () => ({ status, stderr })
}

export const hangs: FakeTool = () => new Promise(() => {})

/** Performs an action whose tools hang, and lets a minute pass. */
export async function waitOut<T>(act: (system: FakeSystem) => Promise<T>, system: FakeSystem): Promise<T> {
  const ending = act(system)
  for (let second = 0; second < 60; second += 1) await vi.advanceTimersByTimeAsync(1000)
  return ending
}
