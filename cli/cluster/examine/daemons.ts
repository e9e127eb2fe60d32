import type { Sections } from './examination.ts'

/** Units that make a node part of a cluster. */
export const DAEMONS = ['corosync', 'pacemaker', 'sbd'] as const
export type Daemon = (typeof DAEMONS)[number]

/** The daemons in a state that systemctl reports, such as `active` or `enabled`. */
export function daemonsThat({ sections }: Sections, state: string): Daemon[] {
  const lines = (sections.get('daemons') ?? '').split('\n').map(line => line.split(' '))
  return DAEMONS.filter(daemon => lines.some(([name, ...states]) => name === daemon && states.includes(state)))
}
