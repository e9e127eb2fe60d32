import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { formatSize } from '../../../cloud/sizes.ts'
import { lastVerification } from '../../../cloud/verification/record.ts'
import { verifyAlgIn } from '../../../system/drbd/config/verify-alg.ts'
import {
  isBeingVerified,
  isInSync,
  isKnown,
  type Replication,
  replicationIn,
} from '../../clouds/replication/replication.ts'
import { ifReadable } from '../../run/if-readable.ts'
import { isVerifyTimerEnabled } from '../examine/boot-units.ts'
import { drbdIn } from '../examine/drbd.ts'
import { appliedResource, resourceFiles } from '../examine/drbd-files.ts'
import type { Examination } from '../examine/examination.ts'
import { error, type Finding, warning } from '../examine/finding.ts'

/** The timer verifies each storage once in four weeks; longer than that if it was not in sync in its night. */
const OLD_DAYS = 45

/**
 * What verifications have found or left, and what keeps two sides from connecting after one that was killed at its start; `now` is in
 * milliseconds since the epoch. That one is old is a finding only where the timer is enabled.
 */
export function verificationFindings(
  { clouds, nodes }: Cluster,
  examinations: readonly Examination[],
  now: number,
): Finding[] {
  const isTimed = examinations.some(isVerifyTimerEnabled)
  return clouds.flatMap(cloud => {
    const both = cloud.storageNodes.flatMap(node => examinations.filter(examined => examined.node === node))
    const { name, state } = cloud
    const last = lastVerification(name, nodes)
    const sides = both.length < 2 ? [] : both.flatMap(examined => sideOf(examined, cloud))
    const known = sides.length < 2 ? [] : stateFindings(cloud, sides, last !== undefined)
    const isFresh = known.length > 0 || state !== 'active' || !isTimed || last === undefined
    const ageDays = Math.floor((now - Date.parse(last?.at ?? '')) / 86_400_000)
    return [
      ...(both.length < 2 ? [] : algorithmFindings(cloud, both)),
      ...known,
      ...(known.length === 0 && last?.outcome === 'different' ? [copiedSince(name, last)] : []),
      ...(isFresh || ageDays < OLD_DAYS ? [] : [tooOld(name, ageDays)]),
    ]
  })
}

function sideOf(examined: Examination, cloud: Cloud): Replication[] {
  const side = ifReadable(() => replicationIn(drbdIn(examined), { ...cloud, node: examined.node }))
  if (side === undefined || 'problem' in side) return []
  return [{ ...side, node: examined.node, hasSplitBrain: false }]
}

function stateFindings({ name }: Cloud, sides: readonly Replication[], wasVerified: boolean): Finding[] {
  const node = sides.find(({ connection }) => connection === 'VerifyS')?.node
  if (isBeingVerified(sides)) {
    const percent = Math.max(0, ...sides.map(({ syncedPercent }) => syncedPercent ?? 0))
    const what = `${name} is being verified (${percent}%)`
    return [
      warning(
        what,
        `"vhacs storage --verify ${name}" waits for its end and records the result; "drbdadm -- --stop=0 verify ${name}" there stops it`,
        node,
      ),
    ]
  }
  const bytes = Math.max(0, ...sides.filter(isKnown).map(({ outOfSyncBytes }) => outOfSyncBytes))
  if (bytes === 0 || !isInSync(sides)) return []
  const what = `${formatSize(bytes)} of ${name} differ between its two sides`
  // of one that was broken off, or whose first end nobody has waited for
  if (!wasVerified)
    return [warning(`${what}, perhaps what was never written: its first verification has not ended`, verifyTodo(name))]
  return [
    error(
      what,
      `look for the cause, then run "vhacs storage --repair ${name}": it copies them from the side that is primary`,
    ),
  ]
}

function copiedSince(name: string, { at }: { readonly at: string }): Finding {
  const what = `the verification of ${name} that ended at ${at} found a difference, which a resync has copied since`
  return warning(what, `look for the cause, then run "vhacs storage --verify ${name}"`)
}

function tooOld(name: string, ageDays: number): Finding {
  const what = `${name} was not verified for ${ageDays} days, although vhacs-verify.timer is enabled`
  return warning(what, `see "journalctl -u vhacs-verify" on all nodes, or run "vhacs storage --verify ${name}"`)
}

/** Sides that connect with different algorithms disconnect for good, so the next reset of either one would part them. */
function algorithmFindings({ name }: Cloud, both: readonly Examination[]): Finding[] {
  const found = both.map(examined => {
    const file = resourceFiles(examined).get(name)?.resource
    const applied = appliedResource(examined, name)
    return {
      node: examined.node,
      configured: file === undefined || typeof file === 'string' ? undefined : verifyAlgIn(file),
      applied: applied && (verifyAlgIn(applied) ?? 'none'),
    }
  })
  const [one, other] = found
  if (one === undefined || other === undefined) return []
  // where only the kernels have it, it is in the common section of DRBD's configuration
  const inKernels = found.filter(({ configured, applied }) => configured !== undefined && applied !== undefined)
  const isSame =
    one.configured === other.configured && inKernels.every(({ configured, applied }) => configured === applied)
  if (isSame) return []
  const texts = found.map(
    ({ node, configured = 'none', applied = 'not up' }) =>
      `${node}: ${configured} in the file, ${applied} in the kernel`,
  )
  const what = `verify-alg of ${name} is not the same everywhere (${texts.join('; ')}): when the sides connect again, they part`
  return [error(what, `${verifyTodo(name)}, which sets it`)]
}

function verifyTodo(name: string): string {
  return `run "vhacs storage --verify ${name}"`
}
