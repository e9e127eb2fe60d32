import type { ClusterStatus } from '../../cloud/pacemaker/cluster-status.ts'

/** What to say above everything else while Pacemaker starts nothing. */
export function quorumNotice({ hasQuorum }: Pick<ClusterStatus, 'hasQuorum'>): string[] {
  if (hasQuorum) return []
  return [
    'NO QUORUM: nothing is started; start more nodes or, if they are lost for good, run "vhacs cluster --alone" on one that is left',
  ]
}
