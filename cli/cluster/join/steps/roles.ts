import { mergeNode } from '../../../../cloud/change/merge-node.ts'
import { patchText } from '../../../../cloud/cib/patch.ts'
import { UNCHANGED } from '../../../../cloud/configuration.ts'
import { actionText } from '../../../../cloud/pacemaker/simulated-actions.ts'
import { child, descendants } from '../../../../cloud/xml.ts'
import { ALERT_PATH } from '../../../../system/pacemaker/alert-recipient.ts'
import { changeCib } from '../../../clouds/change-cib.ts'
import { readCib } from '../../../clouds/read-cib.ts'
import { review } from '../../../clouds/review.ts'
import { prepareVhosts } from '../../../clouds/vhosts/prepare-vhosts.ts'
import type { Call } from '../../../command/verb.ts'
import { loadRoleModules } from '../../../run/role-modules.ts'
import type { Step } from '../../../run/steps.ts'
import { initiatorIn } from '../../findings/setting-findings.ts'
import { prepareAlerts } from '../../prepare-alerts.ts'
import { examinationsOf } from '../situation.ts'
import type { JoinContext } from './context.ts'

/** What stays of it after an undo does no harm. */
export function prepareForRoles({ system, situation, name, roles, print }: JoinContext): Step {
  const hasAlert = descendants(situation.snapshot.root, 'alert').some(
    ({ attributes }) => attributes.path === ALERT_PATH,
  )
  return {
    name: `preparing ${name} for ${roles.length === 0 ? 'the cluster' : `the roles ${roles.join(', ')}`}`,
    run: async () => {
      const notes = [
        ...(await loadRoleModules(system, roles.length === 0 ? [] : [name], roles)),
        ...(hasAlert ? await prepareAlerts(system, [name]) : []),
      ]
      for (const note of notes) print(note)
    },
  }
}

/**
 * Only now may resources of clouds run on the node. A node without roles and initiator name has not joined completely. ACLs that were
 * changed keep the node's initiator after an undo, because another change would pause the I/O again.
 */
export function assignRoles(call: Call, context: JoinContext): Step {
  const { system, situation, name, roles } = context
  const [examined] = examinationsOf(situation, [name])
  const initiator = examined && initiatorIn(examined)
  return {
    name: `recording ${[...roles.map(role => `the role ${role}`), 'the initiator name'].join(', ')} of ${name}`,
    run: async () => {
      await refuseMoves(context, initiator)
      if (roles.includes('vhost')) await prepareVhosts(call, context, [name])
      await changeCib(system, cib => {
        const configuration = child(cib, 'configuration')
        return patchText(configuration ? mergeNode(configuration, { name, roles, initiator }) : [])
      })
    },
  }
}

/** @throws Error if Pacemaker would move or stop a running cloud because of the node, for example by an operator's constraint. */
async function refuseMoves({ system, name, roles }: JoinContext, initiator: string | undefined): Promise<void> {
  const snapshot = await readCib(system)
  const wanted = { ...UNCHANGED, nodes: [{ name, roles, initiator }], clouds: [] }
  const { interrupted, actions } = await review(system, { snapshot, wanted, clouds: [], scratch: undefined })
  if (interrupted.length === 0) return
  const texts = actions.filter(({ to }) => to === name).map(actionText)
  throw new Error(
    `the roles of ${name} would interrupt ${interrupted.map(({ cloud }) => cloud).join(', ')} (${texts.join(', ')}): ` +
      `find the cause with "crm configure show" or "pcs constraint location", or join it without roles`,
  )
}
