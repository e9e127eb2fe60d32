import type { Standing } from '../../../../handlers/cluster/standing.ts'

/*
 * What controllers write about a node, by the version of the coordinator (DC) that writes it.
 * - Until 2.1.6: create_node_state_update() in daemons/controld/controld_utils.c writes in_ccm as true or false, and crmd as online
 *   or offline.
 * - Since 2.1.7 (crm_feature_set 3.18.0 of the DC): the same function writes when_member and when_online, seconds since 1970, or
 *   0. A node that leaves the group of controllers and not the cluster gets in_ccm="1": peer_update_callback() in
 *   daemons/controld/controld_callbacks.c.
 * - join and expected: `down` of both is written when a shutdown that the DC knows of is over (the same peer_update_callback()), and when a
 *   node was fenced: send_stonith_update() until 2.1, update_node_state_after_fencing() since, in controld_fencing.c. The latter
 *   delete the node's history (lrm) besides; after a shutdown it stays.
 */

export interface Sample {
  readonly what: string
  /** Attributes of node_state. */
  readonly state: Readonly<Record<string, string>>
  /** Whether there is an lrm element. */
  readonly hasHistory: boolean
  readonly standing: Standing
}

const NOW = '1764362400'

const member = { join: 'member', expected: 'member' }
const down = { join: 'down', expected: 'down' }

/** The same in both forms: what is `true` and `online`, `false` and `offline` until 2.1.6. */
function inBothForms(
  what: string,
  {
    in_ccm,
    crmd,
    ...rest
  }: { readonly in_ccm: boolean; readonly crmd: boolean; readonly join: string; readonly expected: string },
  expectation: Pick<Sample, 'hasHistory' | 'standing'>,
): Sample[] {
  return [
    {
      what: `2.1.6: ${what}`,
      state: { in_ccm: String(in_ccm), crmd: crmd ? 'online' : 'offline', ...rest },
      ...expectation,
    },
    { what: `2.1.7: ${what}`, state: { in_ccm: in_ccm ? NOW : '0', crmd: crmd ? NOW : '0', ...rest }, ...expectation },
  ]
}

export const samples: readonly Sample[] = [
  ...inBothForms('it runs', { in_ccm: true, crmd: true, ...member }, { hasHistory: true, standing: 'member' }),
  ...inBothForms(
    'another coordinator was elected, and it has not joined that yet',
    { in_ccm: true, crmd: true, join: 'down', expected: 'member' },
    { hasHistory: true, standing: 'member' },
  ),
  {
    what: '2.1.7: it runs, and this coordinator has not seen it join',
    state: { in_ccm: NOW, crmd: NOW, join: 'member' },
    hasHistory: true,
    standing: 'member',
  },
  ...inBothForms(
    'it was refused by the coordinator (banned)',
    { in_ccm: true, crmd: true, join: 'banned', expected: 'member' },
    { hasHistory: true, standing: 'lost' },
  ),
  ...inBothForms(
    'corosync has lost it, it is to be fenced',
    { in_ccm: false, crmd: false, ...member },
    { hasHistory: true, standing: 'lost' },
  ),
  ...inBothForms(
    'corosync has lost it, the group of controllers has not yet',
    { in_ccm: false, crmd: true, ...member },
    { hasHistory: true, standing: 'lost' },
  ),
  ...inBothForms(
    'its controller has died, it is to be fenced',
    { in_ccm: true, crmd: false, ...member },
    { hasHistory: true, standing: 'lost' },
  ),
  ...inBothForms(
    'its controller has died, and the coordinator has noted that it left the join',
    { in_ccm: true, crmd: false, join: 'down', expected: 'member' },
    { hasHistory: true, standing: 'lost' },
  ),
  ...inBothForms('it was fenced', { in_ccm: false, crmd: false, ...down }, { hasHistory: false, standing: 'fenced' }),
  ...inBothForms(
    'it was fenced, and its history is still being deleted',
    { in_ccm: false, crmd: false, ...down },
    { hasHistory: true, standing: 'left' },
  ),
  ...inBothForms(
    'it was fenced, and corosync has not noticed yet',
    { in_ccm: true, crmd: true, ...down },
    { hasHistory: false, standing: 'lost' },
  ),
  ...inBothForms(
    'it was fenced, and the group of controllers has not noticed yet',
    { in_ccm: false, crmd: true, ...down },
    { hasHistory: false, standing: 'lost' },
  ),
  ...inBothForms('it was shut down', { in_ccm: false, crmd: false, ...down }, { hasHistory: true, standing: 'left' }),
  {
    what: '2.1.6: Pacemaker was shut down on it, corosync runs',
    state: { in_ccm: 'true', crmd: 'offline', ...down },
    hasHistory: true,
    standing: 'left',
  },
  {
    what: '2.1.7: Pacemaker was shut down on it, corosync runs',
    state: { in_ccm: '1', crmd: '0', ...down },
    hasHistory: true,
    standing: 'left',
  },
  {
    what: '2.1.7: its controller has died, corosync runs',
    state: { in_ccm: '1', crmd: '0', join: 'down', expected: 'member' },
    hasHistory: true,
    standing: 'lost',
  },
  ...inBothForms(
    'it was fenced, has booted, and corosync runs on it',
    { in_ccm: true, crmd: false, ...down },
    { hasHistory: false, standing: 'left' },
  ),
  ...inBothForms(
    'it comes up after that, and has not joined yet',
    { in_ccm: true, crmd: true, ...down },
    { hasHistory: true, standing: 'lost' },
  ),
  {
    what: '2.1.7: corosync has shown it, its controller never came',
    state: { in_ccm: '0', crmd: '0' },
    hasHistory: false,
    standing: 'lost',
  },
  {
    what: '3.0: seen by corosync only: no in_ccm',
    state: { crmd: '0', ...down },
    hasHistory: false,
    standing: 'lost',
  },
  {
    what: 'of a form that is unknown',
    state: { in_ccm: '-1', crmd: '0', ...down },
    hasHistory: false,
    standing: 'lost',
  },
  {
    what: 'of a form that is unknown (crmd)',
    state: { in_ccm: '0', crmd: 'x', ...down },
    hasHistory: true,
    standing: 'left',
  },
]
