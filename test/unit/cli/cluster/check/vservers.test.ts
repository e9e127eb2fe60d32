import { describe, expect, test } from 'vitest'
import { vhostFindings } from '../../../../../cli/cluster/check/vservers/vhost-findings.ts'
import { vserverFindings } from '../../../../../cli/cluster/check/vservers/vserver-findings.ts'
import { parseSections } from '../../../../../cli/cluster/examine/examination.ts'
import { findingLines } from '../../../../../cli/cluster/examine/finding.ts'
import { timeOutFindings } from '../../../../../cli/cluster/findings/time-out-findings.ts'
import { readCluster } from '../../../../../cloud/cib/read/cluster.ts'
import type { Vserver } from '../../../../../cloud/cloud.ts'
import { parseXml } from '../../../../../cloud/xml.ts'
import { cibOf, withAttributes, withNodeAttribute, withoutId } from '../../../cloud/cib.ts'
import { c0, db0, web0 } from '../../../cloud/examples.ts'

const NODES = ['node1', 'node2', 'node3']

/** A cluster in which node3 is not a vhost. */
function cibWith(vservers: readonly Vserver[], cloud = c0): string {
  return withNodeAttribute(cibOf({ clouds: [cloud], vservers, nodes: NODES }), 'node3', 'vhacs-vhost', 'false')
}

const linesOf = (findings: Parameters<typeof findingLines>[0]) =>
  findingLines(findings, (_, text) => text).map(line => line.trim())

describe('the configuration', () => {
  const found = (cib: string) => linesOf(vserverFindings(parseXml(cib), readCluster(cib)))
  const nodev = { ...c0, mountOptions: 'noatime,nodev' }

  test('of vservers as they are composed is in order', () => {
    expect(found(cibWith([web0, db0], nodev))).toEqual([])
  })

  test('a mount with nosuid, which is a note', () => {
    const text = cibWith([web0, db0], { ...c0, mountOptions: 'noatime,nosuid,nodev' })
    expect(found(text)).toEqual([
      'note: cluster: c0 is mounted with nosuid, as somebody has chosen: su, sudo and all else that is setuid does nothing in db0 and web0',
      `to change that, write 'options: "noatime,nodev"' for it in a file for "vhacs compose --apply --interrupt", which shuts its vservers down meanwhile`,
    ])
    expect(found(cibWith([], { ...c0, mountOptions: 'nosuid' }))).toEqual([])
  })

  test('ids that two have; those of the node, and those that the tree decides, are not compared', () => {
    const same = { ...web0, parameters: { private_users: db0.parameters.private_users ?? '' } }
    const others = ['no', 'owner', '2097152'].flatMap((ids, index) =>
      [0, 1].slice(0, ids.length > 5 ? 1 : 2).map(number => ({
        ...web0,
        name: `x${index}${number}`,
        tree: `x${index}${number}`,
        parameters: { private_users: ids },
      })),
    )
    expect(found(cibWith([same, db0, ...others], nodev))[0]).toBe(
      'warning: cluster: db0 and web0 have the same user ids (private_users 1048576): who gets out of one of them has all rights in the others',
    )
    expect(found(cibWith([web0, db0, ...others], nodev))).toEqual([])
  })

  test('a container that no monitor asks for its services', () => {
    const [what] = found(withoutId(cibWith([web0, db0], nodev), 'web0-container-monitor-62445ms'))
    expect(what).toBe('warning: cluster: services that fail in web0 are not reported: no monitor asks for them')
  })

  test('a stop that is too short for the shutdown, upon which the node would be fenced', () => {
    const cib = withAttributes(cibWith([db0], nodev), 'db0-container-stop-0s', { timeout: '90s' })
    expect(linesOf(timeOutFindings(parseXml(cib), readCluster(cib)))[0]).toBe(
      'warning: cluster: stop of db0-container times out after 90 s, but may need 180 s',
    )
  })
})

describe('vhosts', () => {
  const WHOLE = 'systemd 252\ncgroups\ninterface br0\nbridge br0\ninterface eth1\n'
  const examined = (node: string, text: string) => ({
    node,
    sections: parseSections(`== containers\n${text}`),
    clockLeadSeconds: 0,
    clockDoubtSeconds: 0,
  })
  const macvlan = { ...web0, parameters: { network: 'macvlan:eth1' } }
  const found = (vservers: readonly Vserver[], ...answers: readonly string[]) =>
    linesOf(
      vhostFindings(
        answers.map((text, index) => examined(NODES[index] ?? '', text)),
        readCluster(cibWith(vservers)),
      ),
    )

  test.each<[string, string, string[]]>([
    ['whole', WHOLE, []],
    [
      'without the package',
      WHOLE.replace('systemd 252\n', ''),
      ['error: node2: systemd-nspawn is not installed: no vserver can run here', 'apt-get install systemd-container'],
    ],
    [
      'without control groups of version 2',
      WHOLE.replace('cgroups\n', ''),
      [
        'error: node2: control groups of version 2 are not in use: no vserver can run here',
        'boot the node with systemd.unified_cgroup_hierarchy=1',
      ],
    ],
    [
      'without the bridge',
      WHOLE.replace(/^.* br0\n/gm, ''),
      ['error: node2: there is no interface br0: db0 cannot run here', 'create the bridge br0, as on the other vhosts'],
    ],
    [
      'where it is no bridge',
      WHOLE.replace('bridge br0\n', ''),
      ['error: node2: br0 is not a bridge: db0 cannot run here', 'make it one, as on the other vhosts'],
    ],
    [
      'without the interface',
      WHOLE.replace('interface eth1\n', ''),
      ['error: node2: there is no interface eth1: web0 cannot run here', 'create eth1, as on the other vhosts'],
    ],
    [
      'of another release',
      WHOLE.replace('252', '257'),
      [
        'warning: cluster: the vhosts have different versions of systemd-nspawn (node1 252, node2 257): a vserver may not start where it moves to',
        'bring all vhosts to the same release of Debian',
      ],
    ],
  ])('%s', (_, text, lines) => {
    expect(found([macvlan, db0], WHOLE, text)).toEqual(lines)
  })

  test('without vservers, and nodes that are no vhosts, need nothing; one that does not say is not judged', () => {
    expect(found([], '', '')).toEqual([])
    expect(found([db0], WHOLE, WHOLE, '')).toEqual([])
    const silent = { ...examined('node1', ''), sections: new Map() }
    expect(vhostFindings([silent], readCluster(cibWith([db0])))).toEqual([])
  })
})
