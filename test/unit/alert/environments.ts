import type { Environment } from '../../../alert/event.ts'

/* Calls of an alert agent as Pacemaker 2.1 makes them: the variables of "Pacemaker Administration", chapter "Alert Agents". */

const COMMON: Environment = {
  CRM_alert_version: '2.1.5',
  CRM_alert_recipient: 'log',
  CRM_alert_timestamp: '20:11:12.123456',
  CRM_alert_timestamp_epoch: '1795983072',
  CRM_alert_timestamp_usec: '123456',
  CRM_alert_node_sequence: '7',
}

export function nodeEvent(node: string, description: string, more: Environment = {}): Environment {
  return {
    ...COMMON,
    CRM_alert_kind: 'node',
    CRM_alert_node: node,
    CRM_alert_nodeid: '2',
    CRM_alert_desc: description,
    ...more,
  }
}

export function fencingEvent(node: string, code: number, more: Environment = {}): Environment {
  const result = code === 0 ? 'OK' : 'No such device'
  return {
    ...COMMON,
    CRM_alert_kind: 'fencing',
    CRM_alert_node: node,
    CRM_alert_task: 'reboot',
    CRM_alert_rc: String(code),
    CRM_alert_desc: `Operation reboot of ${node} by node1 for pacemaker-controld.1234@node1: ${result} (ref=5f6b)`,
    ...more,
  }
}

interface Operation {
  readonly task?: string
  readonly interval?: number
  readonly code: number
  readonly wanted?: number
  readonly status?: number
  readonly description?: string
}

export function resourceEvent(
  resource: string,
  { task = 'monitor', interval = 20_000, code, wanted = 0, status = 0, description = '' }: Operation,
  more: Environment = {},
): Environment {
  return {
    ...COMMON,
    CRM_alert_kind: 'resource',
    CRM_alert_node: 'node1',
    CRM_alert_rsc: resource,
    CRM_alert_task: task,
    CRM_alert_interval: String(interval),
    CRM_alert_rc: String(code),
    CRM_alert_target_rc: String(wanted),
    CRM_alert_status: String(status),
    CRM_alert_desc: description,
    CRM_alert_exec_time: '12',
    ...more,
  }
}

export const ATTRIBUTE: Environment = {
  ...COMMON,
  CRM_alert_kind: 'attribute',
  CRM_alert_node: 'node1',
  CRM_alert_attribute_name: 'master-c0-drbd',
  CRM_alert_attribute_value: '10000',
}
