import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { element } from '../../../../cloud/xml.ts'
import { withHistory } from '../../../fake/cluster/history.ts'
import { metricsNode } from '../../../fake/nodes/metrics-node.ts'
import { edited } from '../../cloud/cib.ts'
import { c0 } from '../../cloud/examples.ts'
import { runTool } from '../../cloud/pacemaker.ts'
import { brokenParts, readMetrics, valuesOf } from './read-metrics.ts'

/* The sections that are asked of crm_mon have all that is read of it. */

/** A node whose crm_mon is the real one, on the CIB that is its file's. */
function node(change: (cib: string) => string = cib => cib) {
  const found = metricsNode([c0])
  const cib = change(withHistory(found.cib, found.active(found.cib)))
  found.system.tools.set('crm_mon', args => {
    const directory = mkdtempSync(join(tmpdir(), 'vhacs-metrics-'))
    try {
      writeFileSync(join(directory, 'cib.xml'), cib)
      const { status, stdout, stderr } = runTool('crm_mon', [...args], { CIB_file: join(directory, 'cib.xml') })
      return { status: status ?? undefined, stdout, stderr }
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
  return found.system
}

test('what runs where, the states of nodes, and readiness', async () => {
  const { series } = await readMetrics(node())
  expect(brokenParts(series)).toEqual([])
  expect(valuesOf(series, 'cluster_node_state')).toEqual(['node1 online 1', 'node2 online 1'])
  expect(valuesOf(series, 'layer_state')).toContain('c0 drbd node1 promoted 1')
  expect(valuesOf(series, 'layer_state')).toContain('c0 filesystem node2 started 1')
  expect(valuesOf(series, 'storage_running')).toEqual(['c0 1'])
  expect(valuesOf(series, 'storage_ready')).toEqual(['c0 1'])
})

test('a failed start that keeps the export off the other node', async () => {
  const pair = element('nvpair', { id: 'status-2-fail', name: 'fail-count-c0-target#start_0', value: 'INFINITY' })
  const operation = (name: string, code: number, call: number) => {
    const transition = `${call}:1:0:00000000-0000-0000-0000-000000000000`
    return element('lrm_rsc_op', {
      ...{ id: `c0-target_last_${name}_0`, operation_key: `c0-target_${name}_0`, operation: name, interval: '0' },
      ...{ 'transition-key': transition, 'transition-magic': `0:${code};${transition}`, 'call-id': String(call) },
      ...{ 'rc-code': String(code), 'op-status': '0' },
    })
  }
  const history = element('lrm_resource', { id: 'c0-target', class: 'ocf', provider: 'vhacs', type: 'lio-iblock' }, [
    operation('start', 1, 90),
    operation('stop', 0, 91),
  ])
  const failed = (cib: string) => {
    const counted = edited(cib, found =>
      found.attributes.id === 'status-2' ? [{ ...found, children: [...found.children, pair] }] : undefined,
    )
    return edited(counted, found => {
      if (found.name !== 'lrm' || found.attributes.id !== '2') return undefined
      const [resources] = found.children
      return [{ ...found, children: resources ? [{ ...resources, children: [...resources.children, history] }] : [] }]
    })
  }
  const { series } = await readMetrics(node(failed))
  expect(brokenParts(series)).toEqual([])
  expect(valuesOf(series, 'storage_ready')).toEqual(['c0 0'])
  expect(valuesOf(series, 'layer_failed')).toContain('c0 target node2 1')
})

test('an action that failed', async () => {
  const failed = (cib: string) =>
    edited(cib, found => {
      if (found.attributes.id !== 'c0-filesystem_last_0') return undefined
      const { id: _, ...rest } = found.attributes
      const attributes = {
        ...rest,
        ...{ id: 'c0-filesystem_last_failure_0', operation: 'monitor', 'rc-code': '190', interval: '20000' },
        ...{
          operation_key: 'c0-filesystem_monitor_20000',
          'exit-reason': 'the kernel found 3 errors in the file system on /dev/sda',
        },
        ...{ 'transition-magic': String(rest['transition-magic']).replace('0:0;', '0:190;'), 'call-id': '99' },
      }
      return [found, { ...found, attributes }]
    })
  const { series } = await readMetrics(node(failed))
  expect(brokenParts(series)).toEqual([])
  expect(valuesOf(series, 'layer_degraded')).toEqual(['c0 filesystem node2 filesystem_errors 1'])
})
