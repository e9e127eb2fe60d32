import { iscsiMount } from '../../../agents/iscsi-mount/index.ts'
import type { FakeTarget, Secrets } from '../iscsi/iscsi-sessions.ts'
import { openIscsi } from '../iscsi/open-iscsi.ts'
import { fakeSystem } from '../system.ts'
import { actionsOf } from './actions.ts'

/* One session to one target, and a node that can have it. */

export const IQN = 'iqn.2026-01.org.example:c0'
export const PORTAL = '192.0.2.10:3260'
export const OTHER_PORTAL = '192.0.2.11:3260'
export const parameters = { iqn: IQN, portals: '192.0.2.10' } as const
/** The node record of the target at PORTAL. */
export const RECORD = `/etc/iscsi/nodes/${IQN}/192.0.2.10,3260`

export const { start, stop, monitor, probe, validate } = actionsOf(iscsiMount, parameters)

/** A node that may log in to the target, and to others that differ from it in these traits. */
export function stopped(...others: readonly Partial<FakeTarget>[]) {
  return nodeWith({}, others)
}

/** A node whose target requires CHAP, or does not. */
export function stoppedWithChap(chap: Secrets | undefined) {
  return nodeWith(chap === undefined ? {} : { chap })
}

/** A node with the session. */
export async function started() {
  const made = stopped()
  await start(made.system)
  made.system.commands.length = 0
  made.system.changes.length = 0
  return { ...made, session: first(made.initiator.sessions) }
}

function nodeWith(traits: Partial<FakeTarget>, others: readonly Partial<FakeTarget>[] = []) {
  const system = fakeSystem()
  const target = (more: Partial<FakeTarget>): FakeTarget => ({
    iqn: IQN,
    portal: PORTAL,
    luns: [0],
    answer: 'accepts',
    ...traits,
    ...more,
  })
  const initiator = openIscsi(system, [target({}), ...others.map(target)])
  return { system, initiator, target: first(initiator.targets) }
}

export function first<T>([one]: readonly T[]): T {
  if (one === undefined) throw new Error('there is none')
  return one
}

/** The names in the database of node records. */
export function recordsIn({ list }: ReturnType<typeof fakeSystem>, database = '/etc/iscsi'): string[] {
  return list(`${database}/nodes`)
}
