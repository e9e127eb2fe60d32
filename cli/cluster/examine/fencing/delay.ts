import type { SbdHeader } from './sbd-header.ts'

/**
 * For `priority-fencing-delay`: how many seconds the one of two nodes on which less runs waits before it fences the other. By then
 * the message of the other must have reset it: sbd reads its slot every second, but the other side may have to elect a coordinator
 * before it writes one. Sbd's watchdog is as long as somebody who knows the disk and the nodes allows sbd to be late.
 */
export function delaySeconds({ watchdogSeconds }: Pick<SbdHeader, 'watchdogSeconds'>): number {
  return watchdogSeconds
}
