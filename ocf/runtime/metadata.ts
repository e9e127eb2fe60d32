import type { Agent } from '../agent.ts'
import type { Parameter, Parameters } from '../parameters.ts'

/**
 * The agent's meta-data: valid against ra-api-1.dtd, metadata.rng (both of resource-agents), ocf-1.0.rng and
 * ocf-1.1.rng (both of pcs) at once. That leaves `unique` and `required`, and no `reload-agent`.
 */
export function metadata(agent: Agent): string {
  return `<?xml version="1.0"?>
<!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd">
<resource-agent name="${agent.name}" version="1.0">
<version>1.1</version>
<longdesc lang="en">
${xmlText(agent.long)}
</longdesc>
<shortdesc lang="en">${xmlText(agent.short)}</shortdesc>
<parameters>
${Object.entries(agent.parameters)
  .map(([name, parameter]) => parameterElement(name, parameter))
  .join('\n')}
</parameters>
<actions>
${actionsOf(agent).map(actionElement).join('\n')}
</actions>
</resource-agent>
`
}

function parameterElement(name: string, parameter: Parameter<unknown>): string {
  const flag = (value: boolean | undefined) => (value ? 1 : 0)
  const initial = parameter.default === undefined ? '' : ` default="${xmlText(parameter.default)}"`
  return `<parameter name="${name}" unique="${flag(parameter.unique)}" required="${flag(parameter.required)}">
<longdesc lang="en">
${xmlText(parameter.long)}
</longdesc>
<shortdesc lang="en">${xmlText(parameter.short)}</shortdesc>
<content type="${parameter.type}"${initial}/>
</parameter>`
}

/** An action that the meta-data advertises; monitors have an interval, and those of a promotable agent a role. */
export interface Operation {
  readonly name: string
  readonly timeoutSeconds: number
  readonly intervalSeconds?: number
  readonly role?: string
}

/**
 * Promoted and unpromoted monitors need different intervals, or Pacemaker runs only one of them. pcs makes an operation of every
 * action here, except meta-data and validate-all: so the deeper monitors, one of which writes, are not listed; operators may add
 * them.
 */
export function actionsOf<P extends Parameters>(agent: Agent<P>): Operation[] {
  const { timeouts } = agent
  const action = (name: string, timeoutSeconds: number | undefined, more: Partial<Operation> = {}) =>
    timeoutSeconds === undefined ? [] : [{ name, timeoutSeconds, ...more }]
  const monitors = agent.promote
    ? [
        ...action('monitor', timeouts.monitor, { intervalSeconds: 31, role: 'Unpromoted' }),
        ...action('monitor', timeouts.monitor, { intervalSeconds: 29, role: 'Promoted' }),
      ]
    : action('monitor', timeouts.monitor, { intervalSeconds: 20 })
  return [
    ...action('start', timeouts.start),
    ...action('stop', timeouts.stop),
    ...action('promote', timeouts.promote),
    ...action('demote', timeouts.demote),
    ...action('notify', timeouts.notify),
    ...monitors,
    ...action('validate-all', 20),
    ...action('meta-data', 5),
  ]
}

function actionElement({ name, timeoutSeconds, intervalSeconds, role }: Operation): string {
  const interval = intervalSeconds === undefined ? '' : ` interval="${intervalSeconds}s"`
  const which = role === undefined ? ' depth="0"' : ` role="${role}"`
  return `<action name="${name}" timeout="${timeoutSeconds}s"${interval}${interval && which}/>`
}

/** The text as it stands in XML, also in an attribute. */
export function xmlText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}

/** One line that names the actions. */
export function usage(agent: Agent): string {
  const promotable = agent.promote ? ['promote', 'demote'] : []
  const notify = agent.notify ? ['notify'] : []
  const actions = ['start', 'stop', 'monitor', ...promotable, ...notify, 'validate-all', 'meta-data', 'usage']
  return `usage: ${agent.name} {${actions.join('|')}}\n`
}
