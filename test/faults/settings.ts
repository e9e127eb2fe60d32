import type { Fault } from './fault.ts'
import { ALL_FAULTS, SHORT } from './kinds.ts'

/** What a campaign does. */
export interface Settings {
  /** SEED: the same one makes the same choices; by default a random one. */
  readonly seed: number
  /** COUNT: how many faults (10). */
  readonly count: number
  /** MINUTES: after which no fault begins any more (no limit). */
  readonly minutes: number
  /** NODES: 2 or 3 (2). */
  readonly nodes: readonly number[]
  /** CLOUDS: how many storages there are (2). */
  readonly storages: readonly string[]
  /** STORAGE: only this one is hit, such as fault1 (all). */
  readonly hit: readonly string[]
  /** VSERVER: unless it is 0, there is a container on the first storage, with a writer in it. */
  readonly hasContainer: boolean
  /** FAULT: only this one happens. */
  readonly faults: readonly Fault[]
  /** SHORT=1: only ten that end soon, and failures are cleared after each, instead of two minutes until Pacemaker forgets them. */
  readonly isShort: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/** @throws RangeError that names the variable and what it may be. */
export function readSettings(environment: Environment): Settings {
  const storages = Array.from({ length: numberOf(environment, 'CLOUDS', 2, 1, 8) }, (_, index) => `fault${index + 1}`)
  return {
    seed: numberOf(environment, 'SEED', Math.floor(Math.random() * 1e6), 0, 1e9),
    count: numberOf(environment, 'COUNT', 10, 1, 10_000),
    minutes: numberOf(environment, 'MINUTES', Number.POSITIVE_INFINITY, 1, 10_000),
    nodes: [1, 2, 3].slice(0, numberOf(environment, 'NODES', 2, 2, 3)),
    storages,
    hit: environment.STORAGE === undefined ? storages : [oneOf('STORAGE', environment.STORAGE, storages)],
    hasContainer: numberOf(environment, 'VSERVER', 1, 0, 1) === 1,
    faults: faultsFor(environment),
    isShort: environment.SHORT === '1',
  }
}

function faultsFor({ FAULT, SHORT: isShort }: Environment): readonly Fault[] {
  const names = ALL_FAULTS.map(({ name }) => name)
  const wanted = FAULT === undefined ? isShort === '1' && SHORT : [oneOf('FAULT', FAULT, names)]
  return wanted === false ? ALL_FAULTS : ALL_FAULTS.filter(({ name }) => wanted.includes(name))
}

function numberOf(environment: Environment, name: string, normal: number, least: number, most: number): number {
  const text = environment[name]
  if (text === undefined) return normal
  const number = Number(text)
  if (!/^\d{1,10}$/.test(text) || number < least || number > most)
    throw new RangeError(`${name}=${text}: expected a number from ${least} to ${most}`)
  return number
}

function oneOf(name: string, text: string, values: readonly string[]): string {
  if (!values.includes(text)) throw new RangeError(`${name}="${text}" is none of these:\n${values.join('\n')}`)
  return text
}
