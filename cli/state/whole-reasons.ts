import type { Failure } from '../../cloud/pacemaker/cluster-status.ts'
import { shortenedReasonsOn } from '../../system/nodes/files/resource-notes.ts'
import type { System } from '../../system/system.ts'
import { ifAvailable } from '../run/unavailable.ts'

/** The mark of an omission in a reason. */
const LEFT_OUT = '…'

/** The failures with their full reasons, from the notes of their nodes; a reason without a matching note stays abbreviated. */
export async function withWholeReasons(system: System, failures: readonly Failure[]): Promise<readonly Failure[]> {
  const shortened = Object.groupBy(
    failures.filter(({ reason }) => reason.includes(LEFT_OUT)),
    ({ node }) => node,
  )
  const notes = await Promise.all(
    Object.entries(shortened).map(async ([node, some = []]) => {
      const resources = [...new Set(some.map(({ resource }) => resource))]
      const found = await ifAvailable(shortenedReasonsOn(system, node, resources))
      return (found ?? []).map(note => ({ ...note, node }))
    }),
  )
  return failures.map(failure => {
    const note = notes.flat().find(one => {
      const isOf = one.node === failure.node && one.resource === failure.resource && one.action === failure.action
      return isOf && one.brief === failure.reason
    })
    return note === undefined ? failure : { ...failure, reason: note.whole }
  })
}
