import type { Sides } from '../../../cloud/change/replacement.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import { formatSize } from '../../../cloud/sizes.ts'
import type { BeginPlan, ReplacementPlan } from './plan.ts'

/** What DRBD copies at most unless it is configured otherwise (drbd.conf(5), c-max-rate). */
const BYTES_PER_SECOND = 100 * 2 ** 20

/** What a replacement does, to be confirmed: what is lost, what moves, and how long there is no redundancy. */
export function planText(plan: ReplacementPlan): string {
  const { kind, cloud, from } = plan
  if (kind === 'leftover') return `remove all data of ${cloud.name} from ${from}, which is not one of its sides`
  if (kind === 'begin') return beginText(plan)
  return plan.to === from
    ? `finish the replacement of the disk of ${cloud.name} on ${from}`
    : `finish the move of a side of ${cloud.name} from ${from} to ${plan.to}, and remove its data from ${from}`
}

function beginText({ cloud, from, to, stays, exporter, isFromLost, sizeBytes }: BeginPlan): string {
  const size = formatSize(sizeBytes)
  const what =
    to === from
      ? `give ${cloud.name} a new volume of ${size} on ${from}, and destroy the present one with its data`
      : `move a side of ${cloud.name} (${size}) from ${from} to ${to}, and ${lossText(from, to, isFromLost)}`
  const redundancy =
    stays.length === 1
      ? `${stays[0]} alone has its data until they are copied`
      : `${joinedNames(stays)} alone have its data until they are copied`
  const move = exporter === from ? `; its export moves from ${from} to ${stays[0]} first` : ''
  return `${what} (${redundancy}, which takes ${durationText(sizeBytes / BYTES_PER_SECOND)} at least${move})`
}

function lossText(from: string, to: string, isFromLost: boolean): string {
  if (isFromLost) return `leave its data on ${from}, which is lost`
  return `remove its data from ${from} when ${to} has them`
}

/** Such as `3 minutes`, rounded up. */
function durationText(seconds: number): string {
  const units = [
    [3600, 'hours'],
    [60, 'minutes'],
    [1, 'seconds'],
  ] as const
  const [length, name] = units.find(([unit]) => seconds >= 2 * unit) ?? [1, 'seconds']
  const count = Math.max(1, Math.ceil(seconds / length))
  return `${count} ${count === 1 ? name.slice(0, -1) : name}`
}

/** The command that begins a replacement, and goes on with one that was broken off. */
export function replaceCommand({ cloud, from, to }: Sides & { readonly cloud: string }): string {
  return `vhacs storage --replace ${cloud} --from ${from}${to === from ? '' : ` --to ${to}`}`
}
