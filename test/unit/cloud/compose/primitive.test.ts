import { expect, test } from 'vitest'
import { iscsiMount } from '../../../../agents/iscsi-mount/index.ts'
import { primitive } from '../../../../cloud/compose/primitive.ts'

/*
 * The declarations of the agents are the contract: tsc checks the lines marked here, `npm run types` fails without.
 */

test('a parameter that the agent does not declare does not compile', () => {
  // @ts-expect-error the agent's parameter is called portals
  primitive('s', iscsiMount, { iqn: 'iqn.2026-01.org.example:a', portals: '192.0.2.1', portal: '192.0.2.1' }, [])
})

test('a missing required parameter does not compile', () => {
  // @ts-expect-error portals is required
  primitive('s', iscsiMount, { iqn: 'iqn.2026-01.org.example:a' }, [])
})

test('the operations have the timeouts that the agent declares', () => {
  const { operations } = primitive('s', iscsiMount, { iqn: 'i', portals: 'p' }, [{ intervalMs: 20_000 }])

  expect(operations).toEqual([
    { name: 'start', intervalMs: 0, timeoutSeconds: iscsiMount.timeouts.start },
    { name: 'stop', intervalMs: 0, timeoutSeconds: iscsiMount.timeouts.stop },
    { name: 'monitor', intervalMs: 20_000, timeoutSeconds: iscsiMount.timeouts.monitor },
  ])
})
