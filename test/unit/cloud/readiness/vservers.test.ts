import { beforeAll, expect, test } from 'vitest'
import { element } from '../../../../cloud/xml.ts'
import { withChildren, withNodeState } from '../cib.ts'
import { c0, db0, web0 } from '../examples.ts'
import { judged } from './judge.ts'
import { runningCib } from './running.ts'

/* node1 exports c0; node2 has it mounted, and runs web0 and db0 on it. The real scheduler says what becomes of them. */

let cib: string
beforeAll(() => {
  cib = runningCib([c0], ['node1', 'node2'], [web0, db0])
})

const failedOn1 = (text: string) =>
  withChildren(
    text,
    'status-1',
    element('nvpair', { id: 'fail', name: 'fail-count-web0-container#start_0', value: 'INFINITY' }),
  )

const mountWithout = (text: string) => judged(text, { node: 'node2', how: 'loss' }).find(({ part }) => part === 'mount')

test('the node that takes the mount over runs its vservers', () => {
  const found = mountWithout(cib)

  expect(found).toMatchObject({ by: ['node1'], obstacles: [] })
  expect(found?.actions.filter(({ resource }) => resource === 'web0-container')).not.toEqual([])
})

test('no vserver is concerned where the export alone is taken over', () => {
  expect(judged(cib, { node: 'node1', how: 'standby' })).toMatchObject([{ part: 'export', obstacles: [] }])
})

test('a vserver that would stay stopped there is in the way, and the others are not', () => {
  expect(mountWithout(failedOn1(cib))).toMatchObject({
    by: ['node1'],
    obstacles: [
      {
        what: 'the vserver web0 would not run on node1: Pacemaker does not start web0-container on node1 again, because it has failed there',
        todo: 'crm_resource --cleanup -r web0-container -N node1',
      },
    ],
  })
})

test('so is one whose group is banned from there', () => {
  const ban = { id: 'cli-ban-db0-vserver-on-node1', rsc: 'db0-vserver', node: 'node1', score: '-INFINITY' }

  expect(mountWithout(withChildren(cib, 'constraints', element('rsc_location', ban)))?.obstacles).toMatchObject([
    {
      what: expect.stringMatching(
        /^the vserver db0 would not run on node1: the constraint cli-ban-db0-vserver-on-node1/,
      ),
    },
  ])
})

test('nobody is told to delete the constraints of vservers, where the mount itself does not move', () => {
  const withoutScore = judged(withNodeState(cib, 'node1', {}), { node: 'node2', how: 'loss' })

  expect(withoutScore.length).toBeGreaterThan(0)
  expect(withoutScore.flatMap(({ obstacles }) => obstacles.map(({ what }) => what)).join()).not.toMatch(/vserver/)
})

test('a vserver in standby, or that does not run now, is not judged', () => {
  const standby = runningCib([c0], ['node1', 'node2'], [{ ...web0, state: 'standby' }])

  expect(mountWithout(failedOn1(standby))).toMatchObject({ by: ['node1'], obstacles: [] })
})
