import type { Sections } from '../examination.ts'

/** What sbd has written to its disk. @see sbd(8), dump */
export interface SbdHeader {
  readonly uuid: string
  /** Seconds after which its watchdog resets a node whose sbd has lost the disk. */
  readonly watchdogSeconds: number
  /** Seconds after which a message to a node counts as read. */
  readonly messageSeconds: number
}

/** Timeouts of a header that vhacs writes: long enough for a disk that is busy, short enough for a failover. */
export const WATCHDOG_SECONDS = 10
export const MESSAGE_SECONDS = 2 * WATCHDOG_SECONDS

/** The header in the output of `sbd dump`; undefined when the disk has none. */
export function parseSbdHeader(text: string): SbdHeader | undefined {
  const uuid = /^UUID\s*:\s*(\S+)/m.exec(text)?.[1]
  const seconds = (name: string) => Number(new RegExp(`^Timeout \\(${name}\\)\\s*:\\s*(\\d+)`, 'm').exec(text)?.[1])
  if (uuid === undefined) return undefined
  return { uuid, watchdogSeconds: seconds('watchdog'), messageSeconds: seconds('msgwait') }
}

/** The header of the disk in sbd's settings, from the first node that can read it. */
export function usedHeader(examinations: readonly Sections[]): SbdHeader | undefined {
  const headers = examinations.flatMap(({ sections }) => parseSbdHeader(sections.get('slot-times') ?? '') ?? [])
  return headers.find(({ watchdogSeconds, messageSeconds }) => watchdogSeconds > 0 && messageSeconds > 0)
}

/** The header that a node reads from the requested disk. */
export function sbdHeaderIn({ sections }: Sections): SbdHeader | undefined {
  return parseSbdHeader(sections.get('header') ?? '')
}

/** Whether no node finds a header on the disk, so that vhacs must create one. */
export function isBlank(examinations: readonly Sections[]): boolean {
  return examinations.every(examined => sbdHeaderIn(examined) === undefined)
}
