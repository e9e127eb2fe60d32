import { alertElement } from '../../../../cloud/alerts/alerts.ts'
import { PRIORITIES } from '../../../../cloud/compose/priorities.ts'
import { nodeAttributes } from '../../../../cloud/node-attributes.ts'
import { messagesOfManyClouds } from '../../../../cloud/pacemaker/message-limit.ts'
import { type Element, element, printXml } from '../../../../cloud/xml.ts'
import { ALERT_PATH } from '../../../../system/pacemaker/alert-recipient.ts'
import { type FencingProperty, fencingPropertyName } from '../../../../system/pacemaker/fencing/properties.ts'
import { delaySeconds } from '../../examine/fencing/delay.ts'
import type { SbdAgent } from '../../examine/fencing/sbd.ts'
import type { SbdHeader } from '../../examine/fencing/sbd-header.ts'
import type { InitRequest } from '../input/request.ts'

/** Id of the fencing device. */
export const FENCE = 'fence-sbd'

/** How sbd fences. */
export interface SbdPlan {
  readonly header: Omit<SbdHeader, 'uuid'>
  /** The fencing agent; undefined unless nodes are fenced by the disk. */
  readonly agent: SbdAgent | undefined
}

/** Pacemaker's default timeout for fencing. */
const SHORTEST_SECONDS = 60

/** What the nodes report about themselves. */
interface NodeFacts {
  /** Initiator names, by node. */
  readonly initiators: ReadonlyMap<string, string>
  /** Of Pacemaker. */
  readonly versions: readonly string[]
}

/** The configuration of a new cluster, a fragment of its CIB. */
export function firstConfiguration(
  { nodes, roles, fencing, alerts }: InitRequest,
  { header, agent }: SbdPlan,
  { initiators, versions }: NodeFacts,
): string {
  const { watchdogSeconds, messageSeconds } = header
  const named = (property: FencingProperty) => fencingPropertyName(property, versions)
  const byFencing: Record<string, string> = {
    ...(fencing.by === 'disk' && {
      // sbd(8) asks for twice msgwait
      [named('fencing-timeout')]: `${Math.max(SHORTEST_SECONDS, 2 * messageSeconds + delaySeconds(header))}s`,
      // without effect where a majority decides
      'priority-fencing-delay': `${delaySeconds(header)}s`,
    }),
    ...(fencing.by === 'watchdog' && { [named('fencing-watchdog-timeout')]: `${2 * watchdogSeconds}s` }),
  }
  const properties = {
    [named('fencing-enabled')]: 'true',
    'no-quorum-policy': 'stop',
    'cluster-ipc-limit': String(messagesOfManyClouds(nodes.length)),
    ...byFencing,
  }
  const isDisk = fencing.by === 'disk' && agent !== undefined
  return printXml(
    element('configuration', {}, [
      element('crm_config', {}, [
        element('cluster_property_set', { id: 'cib-bootstrap-options' }, pairs('cib-bootstrap-options', properties)),
      ]),
      element(
        'nodes',
        {},
        nodes.flatMap((name, index) => {
          const { attributes } = nodeAttributes(name, { roles, initiator: initiators.get(name) })
          return Object.keys(attributes).length === 0 ? [] : [nodeElement(name, index + 1, attributes)]
        }),
      ),
      element('resources', {}, isDisk ? [fencingDevice(agent, fencing.device)] : []),
      element('rsc_defaults', {}, [
        element('meta_attributes', { id: 'rsc-options' }, pairs('rsc-options', { 'resource-stickiness': '100' })),
      ]),
      ...(alerts.length === 0 ? [] : [element('alerts', {}, [alertElement({ path: ALERT_PATH, recipients: alerts })])]),
    ]),
  )
}

/** With the ids that crm_attribute would give. */
function nodeElement(name: string, id: number, attributes: Readonly<Record<string, string>>): Element {
  const set = `nodes-${id}`
  return element('node', { id: String(id), uname: name }, [
    element('instance_attributes', { id: set }, pairs(set, attributes)),
  ])
}

/** It can fence every node, so Pacemaker need not query it for its targets, which on a busy node delays each fencing. */
function fencingDevice(agent: SbdAgent, device: string): Element {
  const parameters = { [agent === 'external/sbd' ? 'sbd_device' : 'devices']: device, pcmk_host_check: 'none' }
  const meta = { priority: String(PRIORITIES.fencing) }
  const [set, metaSet] = [`${FENCE}-instance_attributes`, `${FENCE}-meta_attributes`]
  return element('primitive', { id: FENCE, class: 'stonith', type: agent }, [
    element('meta_attributes', { id: metaSet }, pairs(metaSet, meta)),
    element('instance_attributes', { id: set }, pairs(set, parameters)),
  ])
}

function pairs(set: string, values: Readonly<Record<string, string>>): Element[] {
  return Object.entries(values).map(([name, value]) => element('nvpair', { id: `${set}-${name}`, name, value }))
}
