import { expect, test } from 'vitest'
import { dryRun } from '../../../../cli/run/dry-run.ts'
import { fakeCluster, isReading } from '../../../fake/cluster/cluster.ts'
import { bare, c0 } from '../../cloud/examples.ts'
import { contentOf, given } from '../call.ts'

test.each([
  ['storage -c c1 --size 1G -n node1,node2', /^node1: lvcreate .* --setautoactivation n .* --name c1 -- vhacs$/],
  ['storage -c c1 --size 1G -n node1,node2', /^node2: drbdadm create-md --force c1$/],
  ['storage -c c1 --size 1G -n node1,node2', /^\s+disk \/dev\/vhacs\/c1;$/],
  ['storage -c c1 --size 1G -n node1,node2', /^ +<clone id="c1-lvm-clone">$/],
  ['storage -c c1 --size 1G --chap', /^node3: dd status=none conv=fsync of=\/etc\/vhacs\/chap\/c1\.new$/],
  ['storage --setchap c0 --interrupt', /^node1: install --mode=600 -- \/dev\/null \/etc\/vhacs\/chap\/c0\.new$/],
  ['storage -D c0', /^node1: lvremove .* vhacs\/c0$/],
  ['storage -D c0', /^ +<change operation="delete" path=".*\/clone\[@id='c0-drbd-clone'\]"/],
  ['storage -S c0', /^ +<nvpair id="c0-mount-target-role" name="target-role" value="Stopped"\/>$/],
  ['storage -r c0', /^ +<nvpair id="c0-lvm-clone-target-role" name="target-role" value="Stopped"\/>$/],
  ['storage -A c0', /^node1: cibadmin --patch --xml-pipe$/],
  ['storage -u c0', /^node1: crm_resource --cleanup --resource c0-mount$/],
  ['storage -p node1 c0', /^node1: crm_resource --move --resource c0-mount --node node1 --lifetime PT10M$/],
  ['node -d vhost node3', /^node1: crm_attribute --node node3 --name vhacs-vhost .* --delete$/],
  ['node -S node3', /^node1: crm_attribute --node node3 --name standby .* --update on$/],
  ['node -A node3', /^node1: crm_attribute --node node3 --name standby .* --delete$/],
  ['node -s storage node3', /^node1: crm_attribute --node node3 --name vhacs-storage .* --update true$/],
])('%s --dry-run prints each command and change, and does nothing', async (line, words) => {
  const cluster = fakeCluster([c0, bare])
  const before = contentOf(cluster)
  const { stdout } = await given(cluster).run(`${line} --dry-run`).succeeds()
  expect(stdout).toContainEqual(expect.stringMatching(words))
  expect(contentOf(cluster)).toEqual(before)
  // but for a change that was tried on a copy of the CIB
  const changing = cluster.ran.filter(command => !isReading(command) && command.words[1] !== '--patch')
  expect(changing).toEqual([])
})

test('every change of a file or a process is printed instead of made', async () => {
  const { system } = fakeCluster()
  const said: string[] = []
  const dry = dryRun(system, line => said.push(line))
  await dry.makeDirectory('/etc/vhacs')
  await dry.write('/etc/vhacs.conf', 'text')
  await dry.link('target', '/etc/link')
  await dry.rename('/etc/vhacs.conf', '/etc/other')
  await dry.remove('/etc/vhacs.conf')
  await dry.removeDirectory('/etc/vhacs')
  dry.signal(77, 'SIGTERM')
  expect(said).toEqual([
    'mkdir /etc/vhacs',
    'write /etc/vhacs.conf',
    'ln -s target /etc/link',
    'mv /etc/vhacs.conf /etc/other',
    'rm /etc/vhacs.conf',
    'rmdir /etc/vhacs',
    'kill -SIGTERM 77',
  ])
})

test('a scratch directory is created, used and removed without being printed', async () => {
  const { system } = fakeCluster()
  const said: string[] = []
  const dry = dryRun(system, line => said.push(line))
  const scratch = await dry.makeScratchDirectory('/tmp/x-')
  await dry.write(`${scratch}/cib.xml`, 'text')
  expect(system.read(`${scratch}/cib.xml`)).toBe('text')
  await dry.remove(`${scratch}/cib.xml`)
  await dry.removeDirectory(scratch)
  expect(system.list('/tmp')).toEqual([])
  await dry.write('/tmp/other', 'text')
  expect(said).toEqual(['write /tmp/other'])
})

test('a dry run refuses whatever the real run would refuse', async () => {
  await given(fakeCluster([c0]))
    .run('storage -c c1 --size 1T --dry-run')
    .isRefused(/two storage nodes with/)
})

test('with -V 1 each command is printed, with its node, on standard error', async () => {
  const { status, stderr } = await given(fakeCluster([c0])).run('storage --list -V 1')
  expect(status).toBe(0)
  expect(stderr).toContainEqual('node1: cibadmin --query [0, 0.0 s]')
})

test('with -V 2 its input and output are printed too', async () => {
  const { stderr } = await given(fakeCluster([c0])).run('node -s storage node3 -V 2')
  expect(stderr).toContainEqual(expect.stringMatching(/^ {2}> +<node id="1" uname="node1">$/))
})
