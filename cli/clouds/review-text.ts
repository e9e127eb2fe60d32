import type { ChangeSummary } from '../../cloud/change/plan.ts'
import { actionText } from '../../cloud/pacemaker/simulated-actions.ts'
import type { Review } from './review.ts'

/** A review as text. */
export function reviewLines({ plan, actions, interrupted }: Review): string[] {
  const { added, changed, nodes, absent } = plan
  const what = [
    ...nodes.flatMap(node => block('~', 'node', node)),
    ...added.map(({ name, lines }) => `+ cloud ${name}: ${lines.join('; ')}`),
    ...changed.flatMap(cloud => block('~', 'cloud', cloud)),
  ]
  return [
    ...(what.length === 0 ? ['nothing changes'] : what),
    ...absent.map(
      name =>
        `  cloud ${name} is not in the file: it stays as it is (vhacs storage --destroy ${name} removes it with its data)`,
    ),
    ...(actions.length > 0 ? ['Pacemaker would do:', ...actions.map(action => `    ${actionText(action)}`)] : []),
    ...interrupted.map(({ cloud, how }) =>
      how === 'unmounted'
        ? `! cloud ${cloud} is interrupted: it is unmounted, and its users lose access`
        : `! cloud ${cloud} is interrupted: its I/O is paused until its export is back`,
    ),
  ]
}

function block(mark: string, kind: string, { name, lines }: ChangeSummary): string[] {
  return [`${mark} ${kind} ${name}`, ...lines.map(line => `    ${line}`)]
}

/** A review as JSON. */
export function reviewObject({ plan: { added, changed, nodes, absent }, actions, interrupted }: Review) {
  return {
    added,
    changed,
    nodes,
    absent,
    actions: actions.map(({ task, resource, from, to }) => ({ task, resource, from: from ?? null, to: to ?? null })),
    interrupted,
  }
}
