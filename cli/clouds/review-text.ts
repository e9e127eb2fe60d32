import type { ChangeSummary } from '../../cloud/change/plan.ts'
import { actionText } from '../../cloud/pacemaker/simulated-actions.ts'
import { formatSize } from '../../cloud/sizes.ts'
import type { Review } from './review.ts'

/** A cloud that is to become larger. */
export interface SizeChange {
  readonly name: string
  readonly fromBytes: number
  readonly sizeBytes: number
  /** What remains of an earlier growth to that size. */
  readonly what?: string
}

/** A side of a cloud that is to move. */
export interface SideChange {
  readonly name: string
  readonly from: string
  readonly to: string
  /** What happens, for an operator. */
  readonly text: string
}

/** A review as text. */
export function reviewLines(
  review: Review,
  grown: readonly SizeChange[] = [],
  replaced: readonly SideChange[] = [],
): string[] {
  const { plan, actions, interrupted, stoppedVservers } = review
  const { added, changed, nodes, absent, vservers } = plan
  const what = [
    ...nodes.flatMap(node => block('~', 'node', node)),
    ...added.map(({ name, lines }) => `+ cloud ${name}: ${lines.join('; ')}`),
    ...changed.flatMap(cloud => block('~', 'cloud', cloud)),
    ...grown.flatMap(cloud => block('~', 'cloud', { name: cloud.name, lines: [sizeText(cloud)] })),
    ...replaced.flatMap(({ name, text }) => block('~', 'cloud', { name, lines: [text] })),
    ...vservers.added.map(({ name, lines }) => `+ vserver ${name}: ${lines.join('; ')}`),
    ...vservers.changed.flatMap(vserver => block('~', 'vserver', vserver)),
  ]
  return [
    ...(what.length === 0 ? ['nothing changes'] : what),
    ...absent.map(
      name =>
        `  cloud ${name} is not in the file: it stays as it is (vhacs storage --destroy ${name} removes it with its data)`,
    ),
    ...vservers.absent.map(
      name =>
        `  vserver ${name} is not in the file: it stays as it is (vhacs vserver --destroy ${name} removes it with its data)`,
    ),
    ...(actions.length > 0 ? ['Pacemaker would do:', ...actions.map(action => `    ${actionText(action)}`)] : []),
    ...interrupted.map(({ cloud, how }) =>
      how === 'unmounted'
        ? `! cloud ${cloud} is interrupted: it is unmounted, and its users lose access`
        : `! cloud ${cloud} is interrupted: its I/O is paused until its export is back`,
    ),
    ...stoppedVservers.map(name => `! vserver ${name} is interrupted: it is shut down`),
  ]
}

function block(mark: string, kind: string, { name, lines }: ChangeSummary): string[] {
  return [`${mark} ${kind} ${name}`, ...lines.map(line => `    ${line}`)]
}

function sizeText({ fromBytes, sizeBytes, what }: SizeChange): string {
  const [before, after] = [fromBytes, sizeBytes].map(formatSize)
  return what === undefined ? `size: ${before} -> ${after}` : `size: the growth to ${after} is finished: ${what}`
}

/** A review as JSON. */
export function reviewObject(
  { plan: { added, changed, nodes, absent, vservers }, actions, interrupted, stoppedVservers }: Review,
  grown: readonly SizeChange[],
  replaced: readonly SideChange[],
) {
  return {
    added,
    changed,
    nodes,
    grown: grown.map(({ name, fromBytes, sizeBytes }) => ({ cloud: name, fromBytes, toBytes: sizeBytes })),
    replaced: replaced.map(({ name, from, to }) => ({ cloud: name, from, to })),
    absent,
    actions: actions.map(({ task, resource, from, to }) => ({ task, resource, from: from ?? null, to: to ?? null })),
    interrupted,
    vservers: { added: vservers.added, changed: vservers.changed, absent: vservers.absent, stopped: stoppedVservers },
  }
}
