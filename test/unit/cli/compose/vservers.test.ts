import { describe, expect, test } from 'vitest'
import { readCluster } from '../../../../cloud/cib/read/cluster.ts'
import type { Vserver } from '../../../../cloud/cloud.ts'
import { type FakeCluster, fakeCluster } from '../../../fake/cluster/cluster.ts'
import { cibOf, withNodeAttribute, withoutId, withPromotionScore } from '../../cloud/cib.ts'
import { db0, c0 as example, web0 } from '../../cloud/examples.ts'
import { simulate } from '../../cloud/pacemaker.ts'
import { given } from '../call.ts'

const names = ['node1', 'node2', 'node3']
const c0 = {
  ...example,
  initiators: names.map(name => `iqn.2004-10.com.debian:${name}`),
  mountOptions: 'nosuid,nodev',
}

/** A cluster in which c0 runs with these vservers, and a file with this text. */
function clusterWith(text: string, vservers: readonly Vserver[] = [], cloud = c0): FakeCluster {
  const cluster = fakeCluster([cloud])
  const attributes = (cib: string, name: string) =>
    ['vhacs-storage', 'vhacs-vhost'].reduce((one, role) => withNodeAttribute(one, name, role, 'true'), cib)
  const configured = names.reduce(attributes, cibOf({ clouds: [cloud], vservers, nodes: names }))
  const scored = ['node1', 'node2'].reduce((cib, name) => withPromotionScore(cib, name, 'c0-drbd', 10000), configured)
  cluster.cib = [1, 2, 3, 4].reduce(cib => simulate(cib).cib, scored)
  cluster.system.put('/root/clouds.yaml', text)
  return cluster
}

const compose = (cluster: FakeCluster, options = '') => given(cluster).run(`compose /root/clouds.yaml ${options}`)
const vserversIn = ({ cib }: FakeCluster) => readCluster(cib).vservers.complete

const TWO = 'clouds: [{name: c0}]\nvservers: [{name: web0, cloud: c0}, {name: db0, cloud: c0, network: host}]\n'
const NODEV = { ...c0, mountOptions: 'nodev' }

describe('vhacs compose FILE', () => {
  test('prints vservers for crm configure, with the reason for the mount options', async () => {
    const { stdout } = await compose(clusterWith(TWO)).succeeds()

    expect(stdout.join('\n')).toContain(
      '# Without nosuid, with which su and sudo would do nothing in its containers.\nprimitive c0-filesystem',
    )
    expect(stdout).toContain('# Vserver web0: a container in /srv/c0/web0 of cloud c0.')
    expect(stdout).toContain('primitive db0-container ocf:vhacs:nspawn-container \\')
  })

  test.each([
    ['pcs', /^pcs -f cib\.xml resource create web0-container ocf:vhacs:nspawn-container machine=web0 /],
    ['xml', /<rsc_colocation id="web0-vserver-mount-colocation" /],
  ])('prints them for %s', async (format, line) => {
    const { stdout } = await compose(clusterWith(TWO), `--format ${format}`).succeeds()

    expect(stdout).toContainEqual(expect.stringMatching(line))
  })
})

describe('vhacs compose FILE --diff', () => {
  test('the first vserver of a cloud remounts it without nosuid, and says why', async () => {
    const { stdout } = await compose(clusterWith(TWO), '--diff').succeeds()

    expect(stdout.slice(0, 5)).toEqual([
      '~ cloud c0',
      '    mount options: nosuid,nodev -> nodev',
      '    without nosuid, with which su and sudo would do nothing in web0 and db0',
      '+ vserver web0: container in /srv/c0/web0 of cloud c0',
      '+ vserver db0: container in /srv/c0/db0 of cloud c0, network host',
    ])
    expect(stdout).toContain('! cloud c0 is interrupted: it is unmounted, and its users lose access')
  })

  test('a vserver on a mount without nosuid interrupts nothing', async () => {
    const { stdout } = await compose(clusterWith(TWO, [web0], NODEV), '--diff').succeeds()

    expect(stdout).toEqual([
      '+ vserver db0: container in /srv/c0/db0 of cloud c0, network host',
      'Pacemaker would do:',
      '    db0-container: start on node2',
    ])
  })

  test('a change that stops a vserver says so, and a note tells of nosuid', async () => {
    const text = 'clouds: [{name: c0}]\nvservers: [{name: web0, cloud: c0, memory_max: 1G}]\n'
    const { stdout } = await compose(clusterWith(text, [web0, db0]), '--diff').succeeds()

    expect(stdout).toEqual([
      '~ vserver web0',
      '    memory_max: default -> 1G',
      '  vserver db0 is not in the file: it stays as it is (vhacs vserver --destroy db0 removes it with its data)',
      'Pacemaker would do:',
      '    web0-container: restart on node2',
      '! vserver web0 is interrupted: it is shut down',
      'cloud c0 is mounted with nosuid, so su and sudo do nothing in web0: remove nosuid from its options',
    ])
  })
})

describe('vhacs compose FILE --apply', () => {
  test('adds vservers to a running cloud; again, it changes nothing', async () => {
    const cluster = clusterWith(TWO, [], NODEV)

    await compose(cluster, '--apply').succeeds()
    expect(vserversIn(cluster)).toEqual([{ ...web0, name: 'db0', tree: 'db0', parameters: { network: 'host' } }, web0])
    const { stdout } = await compose(cluster, '--apply').succeeds()
    expect(stdout[0]).toBe('nothing changes')
  })

  test('refuses an address at which a host answers', async () => {
    const text = 'clouds: []\nvservers: [{name: web0, cloud: c0, address: 192.0.2.77/24}]\n'
    const cluster = clusterWith(text, [], NODEV)
    cluster.answering.add('192.0.2.77')

    const { stderr } = await compose(cluster, '--apply')
    expect(stderr[0]).toBe('/root/clouds.yaml:2:45: a host already answers at 192.0.2.77: choose another')
    expect(vserversIn(cluster)).toEqual([])
  })

  test('refuses to interrupt vservers without --interrupt', async () => {
    const cluster = clusterWith('clouds: []\nvservers: [{name: web0, cloud: c0, network: host}]\n', [web0], NODEV)

    await compose(cluster, '--apply').isRefused(
      /^vhacs: this would interrupt vserver web0; pass --interrupt to proceed/,
    )
    expect(vserversIn(cluster)).toEqual([web0])
    await compose(cluster, '--apply --interrupt').succeeds()
    expect(vserversIn(cluster)).toEqual([{ ...web0, parameters: { network: 'host' } }])
  })

  test('adds a vserver in standby when its new cloud is there; its dry run adds nothing', async () => {
    const text = 'clouds: [{name: c1, size: 100M}]\nvservers: [{name: web0, cloud: c1, state: standby}]\n'
    const cluster = clusterWith(text)

    await compose(cluster, '--apply --dry-run').succeeds()
    expect(vserversIn(cluster)).toEqual([])
    const { stdout } = await compose(cluster, '--apply').succeeds()
    expect(stdout).toContainEqual(expect.stringContaining('adding the vservers on new clouds'))
    expect(vserversIn(cluster)).toEqual([{ ...web0, cloud: 'c1', state: 'standby' }])
    expect(readCluster(cluster.cib).clouds.find(({ name }) => name === 'c1')?.mountOptions).toBe('nodev')
  })

  test('detaches a cloud with its vservers, unless the file has one of them', async () => {
    const cluster = clusterWith('clouds: []\nvservers: [{name: web0, cloud: c0}]\n', [web0, db0], NODEV)

    await compose(cluster, '--apply --detach --interrupt').isRefused(
      /--detach would stop c0, which is not in the file, and with it web0/,
    )
    cluster.system.put('/root/clouds.yaml', 'clouds: []\n')
    await compose(cluster, '--apply --detach').isRefused(
      /would interrupt c0, vserver db0, vserver web0; pass --interrupt/,
    )
    await compose(cluster, '--apply --detach --interrupt').succeeds()
    expect(readCluster(cluster.cib)).toMatchObject({
      clouds: [],
      incomplete: [],
      vservers: { complete: [], incomplete: [] },
    })
  })
})

test('vhacs compose --read names a vserver that it leaves out', async () => {
  const cluster = clusterWith('', [web0, db0], NODEV)
  cluster.cib = withoutId(cluster.cib, 'web0-mount-vserver-order')

  const { stdout, stderr } = await given(cluster).run('compose --read')
  expect(stderr).toEqual([
    'web0 is left out, because it differs from what vhacs creates: the constraint web0-mount-vserver-order is missing',
  ])
  expect(stdout.join('\n')).not.toContain('web0')
})

test('vhacs compose --read writes what --diff finds nothing to change in', async () => {
  const cluster = clusterWith('', [web0, db0], NODEV)
  const { stdout } = await given(cluster).run('compose --read').succeeds()

  expect(stdout).toContain('vservers:')
  cluster.system.put('/root/clouds.yaml', stdout.join('\n'))
  expect((await compose(cluster, '--diff').succeeds()).stdout).toEqual(['nothing changes'])
})
