import { roff } from '../../cli/command/man-page.ts'
import type { Agent } from '../../ocf/agent.ts'
import type { Parameter } from '../../ocf/parameters.ts'
import { actionsOf, type Operation } from '../../ocf/runtime/metadata.ts'

/** The manual page ocf_vhacs_AGENT(7), named like those of resource-agents. */
export function agentPage(agent: Agent): string {
  const { name, short, long, parameters } = agent
  return [
    '.\\" Generated from the declaration of the agent by "make manual".',
    `.TH ${roff(`OCF_VHACS_${name.toUpperCase()}`)} 7 "" VHACS "VHACS agents"`,
    '.SH NAME',
    `${roff(`ocf_vhacs_${name}`)} \\- ${roff(short)}`,
    '.SH SYNOPSIS',
    `.B ${roff(['primitive ID', `ocf:vhacs:${name}`, 'params NAME=VALUE...', ...monitorsOf(agent)].join(' '))}`,
    ...(agent.promote ? ['.br', '.B clone ID\\-clone ID meta promotable=true'] : []),
    '.SH DESCRIPTION',
    ...paragraph(long),
    '.SH PARAMETERS',
    ...Object.entries(parameters).flatMap(entry => parameterLines(...entry)),
    '.SH ACTIONS',
    'The recommended time-outs, and the intervals of monitors. crmsh adds no operations by itself; pcs adds these.',
    ...actionsOf(agent).flatMap(actionLines),
    '.SH EXIT STATUS',
    'Those of OCF 1.1. A monitor of a resource that works with a fault returns 190, or 191 if it is promoted (degraded).',
    '.SH SEE ALSO',
    '.BR vhacs (8),',
    '.BR crm_resource (8)',
    '',
  ].join('\n')
}

/** The monitors of a primitive, in the syntax of crmsh. */
function monitorsOf(agent: Agent): string[] {
  return actionsOf(agent).flatMap(({ intervalSeconds, role }) =>
    intervalSeconds === undefined
      ? []
      : [`op monitor interval=${intervalSeconds}s${role === undefined ? '' : ` role=${role}`}`],
  )
}

function parameterLines(name: string, { type, long, required, unique, default: initial }: Parameter<unknown>) {
  const notes = [
    type,
    ...(required ? ['required'] : []),
    ...(unique ? ['unique'] : []),
    ...(initial === undefined ? [] : [`default "${initial}"`]),
  ]
  return ['.TP', `.BR ${roff(name)} " (${roff(notes.join(', '))})"`, ...paragraph(long)]
}

function actionLines({ name, timeoutSeconds, intervalSeconds, role }: Operation): string[] {
  const facts = [
    `${timeoutSeconds} seconds`,
    ...(intervalSeconds === undefined ? [] : [`every ${intervalSeconds} seconds`]),
    ...(role === undefined ? [] : [`role ${role}`]),
  ]
  return ['.TP', `.B ${roff(name)}`, `${roff(facts.join(', '))}.`]
}

/** Text of the meta-data, which is wrapped there. */
function paragraph(text: string): string[] {
  return text.trim().split('\n').map(roff)
}
