import { nodeAttributes } from '../../../../cloud/node-attributes.ts'
import { type Element, element, printXml } from '../../../../cloud/xml.ts'
import type { Header } from '../findings/sbd-findings.ts'
import type { InitRequest } from '../input/request.ts'

/** Id of the fencing device. */
export const FENCE = 'fence-sbd'

/** Timeouts of sbd, and what fences by it; by the disk where there is an agent. */
export interface SbdPlan {
  readonly header: Omit<Header, 'uuid'>
  readonly agent: 'external/sbd' | 'fence_sbd' | undefined
}

/** Of two nodes that have lost each other, chance gives one a start of up to so many seconds: both would fence both. */
const DELAY_SECONDS = 5
/** Pacemaker's own timeout for fencing. */
const SHORTEST_SECONDS = 60

/** What a new cluster is told, with the initiator names of its nodes, as a fragment of its CIB. */
export function firstConfiguration(
  { nodes, roles, fencing }: InitRequest,
  { header, agent }: SbdPlan,
  initiators: ReadonlyMap<string, string>,
): string {
  const { watchdogSeconds, messageSeconds } = header
  const byFencing: Record<string, string> = {
    ...(fencing.by === 'disk' && {
      // the message must have been read, after the delay, with some time to spare
      'stonith-timeout': `${Math.max(SHORTEST_SECONDS, Math.ceil(1.2 * messageSeconds) + 2 * DELAY_SECONDS)}s`,
    }),
    ...(fencing.by === 'watchdog' && { 'stonith-watchdog-timeout': `${2 * watchdogSeconds}s` }),
  }
  const properties = { 'stonith-enabled': 'true', 'no-quorum-policy': 'stop', ...byFencing }
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
      element('resources', {}, isDisk ? [fence(agent, fencing.device, nodes.length)] : []),
      element('rsc_defaults', {}, [
        element('meta_attributes', { id: 'rsc-options' }, pairs('rsc-options', { 'resource-stickiness': '100' })),
      ]),
    ]),
  )
}

/** With the ids that crm_attribute gives. */
function nodeElement(name: string, id: number, attributes: Readonly<Record<string, string>>): Element {
  const set = `nodes-${id}`
  return element('node', { id: String(id), uname: name }, [
    element('instance_attributes', { id: set }, pairs(set, attributes)),
  ])
}

function fence(agent: 'external/sbd' | 'fence_sbd', device: string, nodes: number): Element {
  const parameters = {
    [agent === 'fence_sbd' ? 'devices' : 'sbd_device']: device,
    ...(nodes === 2 && { pcmk_delay_max: `${DELAY_SECONDS}s` }),
  }
  const set = `${FENCE}-instance_attributes`
  return element('primitive', { id: FENCE, class: 'stonith', type: agent }, [
    element('instance_attributes', { id: set }, pairs(set, parameters)),
  ])
}

function pairs(set: string, values: Readonly<Record<string, string>>): Element[] {
  return Object.entries(values).map(([name, value]) => element('nvpair', { id: `${set}-${name}`, name, value }))
}
