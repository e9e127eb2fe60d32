import { expect, test } from 'vitest'
import { fenceConstraintOn, fenceConstraints } from '../../../../system/drbd/fence-constraint.ts'
import { fakeSystem } from '../../../fake/system.ts'

/** As crm-fence-peer.sh of drbd-utils 9.22 makes it, and Pacemaker 2.1.5 keeps it. */
const PLACED = `<rsc_location rsc="c0-drbd-clone" id="drbd-fence-by-handler-c0-c0-drbd-clone">
  <rule role="Master" score="-INFINITY" id="drbd-fence-by-handler-c0-rule-c0-drbd-clone">
    <expression attribute="#uname" operation="ne" value="node1" id="drbd-fence-by-handler-c0-expr-c0-drbd-clone"/>
  </rule>
</rsc_location>`

/** crm-fence-peer.9.sh excepts every node with good data. */
const PLACED_BY_NINE = `<rsc_location id="drbd-fence-by-handler-c1-c1-drbd-clone" rsc="c1-drbd-clone">
 <rule role="Promoted" score="-INFINITY" id="drbd-fence-by-handler-c1-rule-c1-drbd-clone">
  <expression attribute="#uname" operation="ne" value="node1" id="drbd-fence-by-handler-c1-expr-0-c1-drbd-clone"/>
  <expression attribute="#uname" operation="ne" value="node3" id="drbd-fence-by-handler-c1-expr-2-c1-drbd-clone"/>
 </rule>
</rsc_location>`

const OTHERS = `<rsc_location id="c0-mount-role" rsc="c0-mount" node="node2" score="0"/>
<rsc_location id="cli-ban-c0-drbd-clone-on-node2" rsc="c0-drbd-clone" role="Started" node="node2" score="-INFINITY"/>`

const cib = (...constraints: readonly string[]) =>
  `<cib><configuration><constraints>\n${constraints.join('\n')}\n</constraints></configuration></cib>\n`

test('the constraint of a handler is recognised by its id', () => {
  expect(fenceConstraints(cib(OTHERS, PLACED))).toEqual([
    {
      id: 'drbd-fence-by-handler-c0-c0-drbd-clone',
      resource: 'c0',
      clone: 'c0-drbd-clone',
      allowed: ['node1'],
      mark: 'drbd-fence-by-handler-c0-expr-c0-drbd-clone',
    },
  ])
})

test('several, and several nodes with good data', () => {
  expect(
    fenceConstraints(cib(PLACED, OTHERS, PLACED_BY_NINE)).map(({ resource, allowed }) => [resource, allowed]),
  ).toEqual([
    ['c0', ['node1']],
    ['c1', ['node1', 'node3']],
  ])
})

test('a name of a resource may have dashes in it', () => {
  const text = PLACED.replaceAll('c0', 'web-01')
  expect(fenceConstraints(cib(text))[0]).toMatchObject({ resource: 'web-01', clone: 'web-01-drbd-clone' })
})

test('other constraints are ignored', () => {
  expect(fenceConstraints(cib(OTHERS))).toEqual([])
  expect(
    fenceConstraints(cib('<rsc_location id="drbd-fence-by-handler-c0" rsc="c0-drbd-clone"></rsc_location>')),
  ).toEqual([])
})

test('the copy of the CIB on the node is read', () => {
  const system = fakeSystem({ '/var/lib/pacemaker/cib/cib.xml': cib(OTHERS, PLACED) })
  expect(fenceConstraintOn(system, 'c0')?.allowed).toEqual(['node1'])
  expect(fenceConstraintOn(system, 'c1')).toBeUndefined()
  expect(fenceConstraintOn(fakeSystem(), 'c0')).toBeUndefined()
})
