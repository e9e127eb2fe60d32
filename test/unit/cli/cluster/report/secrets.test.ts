import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { COLLECT } from '../../../../../cli/cluster/report/collect-script.ts'
import { LOG_COMMANDS, STATE_COMMANDS } from '../../../../../cli/cluster/report/commands.ts'
import { FILE_PATTERNS } from '../../../../../cli/cluster/report/files.ts'
import { createMasks } from '../../../../../cli/cluster/report/masks.ts'
import { maskByStructure } from '../../../../../cli/cluster/report/structure.ts'
import { fakeCluster } from '../../../../fake/cluster/cluster.ts'
import { c0 } from '../../../cloud/examples.ts'
import { given } from '../../call.ts'
import { unpacked } from './unpacked.ts'

/*
 * A node on which every file and every command has a secret in each place where one may stand. The script of the nodes runs there, and
 * none of the secrets is in the report.
 */

const SECRETS: string[] = []

/** A secret of its own for each place, so that none is masked because of another. */
function canary(place: string): string {
  const secret = `Zq7${place.replace(/[^a-z]/gi, '')}${SECRETS.length}x`
  SECRETS.push(secret)
  return secret
}

/** Known from their places, and repeated where nothing tells that they are secrets. */
const IN_CIB = canary('known cib')
const IN_CHAP_FILE = canary('known chap file')
const IN_OTHER_FILE = canary('known other file')
const IN_CIBSECRET = canary('known cibsecret')
const IN_RECORD = canary('known record')
const IN_DRBD = canary('known drbd')
const WITH_SIGNS = `Zq7<&"'${canary('signs')}`
const HOOK = canary('hook')

const nvpair = (name: string, value = canary(`nvpair ${name}`)) =>
  `<nvpair id="f-${name}" name="${name}" value="${value}"/>`

const CIB = [
  '<cib><configuration><resources><primitive id="f"><instance_attributes id="i">',
  ...[
    'passwd',
    'password',
    'chap_secret',
    'mutual_chap_secret',
    'token',
    'api_key',
    'secret_key',
    'community',
    'pwd',
  ].map(name => nvpair(name)),
  nvpair('login_passwd', IN_CIB),
  nvpair('secret', WITH_SIGNS.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')),
  '</instance_attributes></primitive></resources><alerts><alert id="a" path="/x">',
  `<recipient id="r" value="https://hooks.example/services/${HOOK}"/>`,
  `<recipient id="s" value="http://user:${canary('url')}@hooks.example/"/>`,
  '</alert></alerts></configuration></cib>',
].join('\n')

const RECORD = [
  `node.name = iqn.2026-01.example:c0`,
  `node.session.auth.username = user`,
  `node.session.auth.password = ${IN_RECORD}`,
  `node.session.auth.password_in = two words ${canary('record in')}`,
  `discovery.sendtargets.auth.password = a;b{${canary('discovery')}`,
].join('\n')

const FILES: Readonly<Record<string, string>> = {
  '/proc/drbd': 'version: 8.4.11\n',
  '/etc/drbd.conf': `common { net { shared-secret "${canary('drbd conf')}"; } }`,
  '/etc/drbd.d/global_common.conf': `net { cram-hmac-alg sha1; shared-secret ${canary('common')}; }`,
  '/etc/drbd.d/c0.res': `net {\n shared-secret # why\n  "${IN_DRBD}";\n}`,
  '/run/vhacs/reason-c0': `fence_x: passwd=${canary('reason')} failed`,
  '/run/vhacs-alert/seen': `https://u:${canary('seen')}@host/`,
  '/etc/vhacs.conf': `# PASSWORD = "${canary('vhacs conf')}"`,
  '/etc/corosync/corosync.conf': `totem {\n token: 5000\n key: ${canary('corosync')}\n}`,
  '/etc/corosync/authkey': canary('authkey'),
  '/etc/default/pacemaker': `export API_TOKEN="${canary('token')}"\nhttp_proxy=http://u:${canary('proxy')}@proxy:3128`,
  '/etc/default/sbd': `SBD_OPTS="--password ${canary('sbd')}"\npassword='with a blank ${canary('blank')}'`,
  '/etc/iscsi/iscsid.conf': `#node.session.auth.password = ${canary('commented')}\n#node.session.auth.password = password`,
  '/etc/iscsi/nodes/iqn.2026-01.example:c0/192.0.2.1,3260': RECORD,
  '/etc/iscsi/nodes/iqn.2026-01.example:c1/192.0.2.1,3260,1/default': RECORD,
  '/var/lib/iscsi/send_targets/192.0.2.1,3260/st_config': `discovery.sendtargets.auth.password_in = ${canary('st')}`,
  '/etc/rtslib-fb-target/saveconfig.json': JSON.stringify(
    { chap_password: canary('saved'), mutual: { password: `a"b${canary('saved too')}` }, password: 123456789012 },
    null,
    2,
  ),
  '/etc/multipath.conf': `defaults {\n password "${canary('multipath')}"\n}\noverrides { secret '${canary('braces')}' }`,
  '/etc/hosts': '127.0.0.1 localhost\n',
  '/var/lib/pacemaker/cib/cib.xml': nvpair('passwd'),
  '/etc/vhacs/chap/c0': `${IN_CHAP_FILE}\n`,
  '/root/other-secret': IN_OTHER_FILE,
  '/var/lib/pacemaker/lrm/cibsecrets/c0-target/chap_secret': IN_CIBSECRET,
  '/sys/kernel/config/target/iscsi/iqn.2026-01.example:c0/tpgt_1/auth/password': `${canary('tpg')}\n`,
  '/sys/kernel/config/target/iscsi/iqn.2026-01.example:c0/tpgt_1/auth/password_mutual': `with a blank ${canary('mutual')}\n`,
  '/sys/kernel/config/target/iscsi/iqn.2026-01.example:c0/tpgt_1/acls/iqn.2004-10.com.debian:node1/auth/password': `${canary('acl')}\n`,
  '/sys/kernel/config/target/iscsi/iqn.2026-01.example:c0/tpgt_1/auth/userid': 'vhacs-c0\n',
  '/sys/class/iscsi_session/session1/targetname': 'iqn.2026-01.example:c0\n',
  '/sys/class/iscsi_session/session1/password': canary('sysfs'),
  '/var/log/pacemaker/pacemaker.log': [
    `Nov 29 node1 pacemaker-based [1] info: ++ ${nvpair('passwd')}`,
    `Nov 29 node1 pacemaker-based [1] info: + /cib/nvpair[@id='f-passwd']:  @value=old ${canary('diff')}`,
    `Nov 29 node1 pacemaker-fenced [1] debug: OCF_RESKEY_chap_secret=${canary('environment')} `,
    `Nov 29 node1 fence_x [1] info: {'password': '${canary('python')}', "token": "${canary('json')}", \\"secret\\": \\"${canary('escaped')}\\"}`,
    `Nov 29 node1 x: ${[IN_CIB, IN_CHAP_FILE, IN_OTHER_FILE, IN_CIBSECRET, IN_RECORD, IN_DRBD].join(' and ')}`,
    `Nov 29 node1 x: ${[WITH_SIGNS, JSON.stringify(WITH_SIGNS), encodeURIComponent(WITH_SIGNS)].join(' and ')}`,
    `Nov 29 node1 x: ${Buffer.from(IN_CIB).toString('base64')} /services/${HOOK}`,
  ].join('\n'),
  '/var/log/corosync/corosync.log': `Nov 29 corosync: authorization: Basic ${canary('basic')}`,
}

/** What every command prints: each has a secret of its own that its form tells, and one that is known. */
const FORMS: Readonly<Record<string, string>> = {
  cibadmin: CIB,
  crm_mon: `Node Attributes:\n  * token   : ${canary('attribute')}\n<attribute name="api_token" value="${canary('xml')}"/>`,
  stonith_admin: `fence_x passwd=${canary('fencing')}`,
  crm_simulate: `token=${canary('simulate')}`,
  'corosync-quorumtool': `totem.key (str) = ${canary('cmap')}`,
  'corosync-cfgtool': IN_CIB,
  sbd: `password: ${canary('sbd')}`,
  drbdsetup: `net { cram-hmac-alg "sha1"; shared-secret "${canary('show')}"; }`,
  drbdadm: `shared-secret ${canary('dump')};`,
  iscsiadm: `\t\tCHAP:\n\t\tpassword: ${canary('session')}\n\t\tpassword_in: ${canary('session in')}`,
  pvs: IN_CIB,
  vgs: IN_CIB,
  lvs: `tag token=${canary('tag')}`,
  lvmconfig: `password="${canary('lvmconfig')}"`,
  lsblk: IN_RECORD,
  dmsetup: `c: 0 1 crypt aes ${canary('crypt')} 0 8:1 0\nd: 0 1 linear 8:1 0`,
  multipath: IN_CIB,
  findmnt: `//server/share cifs rw,username=u,password=${canary('cifs')},x`,
  df: IN_CIB,
  ip: IN_CIB,
  ss: IN_CIB,
  ps: IN_CIB,
  free: IN_CIB,
  lsmod: IN_CIB,
  modinfo: IN_CIB,
  systemctl: `Environment=TOKEN=${canary('unit')}`,
  timedatectl: IN_CIB,
  chronyc: IN_CIB,
  uptime: IN_CIB,
  uname: IN_CIB,
  vhacs: IN_CIB,
  'dpkg-query': `installed vhacs ${IN_CIB}`,
  dmesg: IN_CIB,
  journalctl: [
    `kernel: Command line: rd.iscsi.password=${canary('command line')} netroot=iscsi:user:${canary('netroot')}@192.0.2.1::3260`,
    `iscsid: bearer ${canary('bearer')}`,
    `fence_x: --password ${canary('option')} --ip 192.0.2.1`,
    `fence_x: -passwd '${canary('quoted')}'`,
  ].join('\n'),
}

let root = ''
let printed = ''

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'vhacs-report-'))
  for (const [path, text] of Object.entries(FILES)) put(path, text)
  for (const [name, text] of Object.entries(FORMS)) {
    put(`/text/${name}`, `${text}\n`)
    put(`/bin/${name}`, `#!/bin/sh\ncat ${root}/text/${name}\n`, 0o755)
  }
  const input = COLLECT.replaceAll(/(?<![\w/])\/(?:etc|run|var|sys|proc)(?=\/)/g, path => `${root}${path}`)
  const { stdout, status } = spawnSync('/bin/sh', ['-s', '--', '16000000', `${root}/root/other-secret`], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 25,
    env: { PATH: `${root}/bin:/usr/bin:/bin`, SECRET_TOKEN: canary('environment of the script') },
  })
  expect(status).toBe(0)
  printed = stdout.replaceAll(root.slice(1), '').replaceAll(root, '').replaceAll('file state /', 'file state ')
}, 60_000)

afterAll(() => rmSync(root, { recursive: true }))

function put(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text, { mode })
}

async function report(): Promise<Map<string, string>> {
  const cluster = fakeCluster([c0])
  for (const { name, system } of cluster.nodes)
    system.tools.set('sh', () =>
      name === 'node3'
        ? { status: 1, stderr: `ssh: passwd=${SECRETS[0]}x ${IN_CIB}` }
        : { status: 0, stdout: name === 'node1' ? printed : `file state x\n ${IN_CIB}\n \n exit 0\nend\n` },
    )
  cluster.system.put('/root/.keep', '')
  cluster.system.tools.set('vhacs', () => ({
    status: 0,
    stdout: `${IN_CIB} ${IN_CHAP_FILE}\n`,
    stderr: `${IN_DRBD}\n`,
  }))
  const { stdout } = await given(cluster).run('cluster --report /root/x.tar.zst').succeeds()
  expect(SECRETS.filter(secret => stdout.join('\n').includes(secret))).toEqual([])
  return unpacked(cluster.system, '/root/x.tar.zst')
}

test('every file and every command is fed', () => {
  const fed = [...printed.matchAll(/^file \w+ (.+)$/gm)].map(([, name]) => name)
  expect([...STATE_COMMANDS, ...LOG_COMMANDS].map(([name]) => name).filter(name => !fed.includes(name))).toEqual([])
  const unfed = FILE_PATTERNS.filter(pattern => {
    const form = new RegExp(`^${pattern.slice(1).split('*').map(RegExp.escape).join('[^/]+')}$`)
    return !fed.some(name => form.test(name ?? ''))
  })
  // of the same form as others
  expect(unfed).toEqual([
    ...['/etc/sysconfig/pacemaker', '/etc/default/corosync', '/etc/sysconfig/corosync', '/etc/sysconfig/sbd'],
    ...['/etc/iscsi/initiatorname.iscsi', '/etc/iscsi/send_targets/*/*', '/etc/iscsi/ifaces/*'],
    ...['/var/lib/iscsi/nodes/*/*', '/var/lib/iscsi/nodes/*/*/*', '/var/lib/iscsi/ifaces/*'],
    ...['/etc/target/saveconfig.json', '/etc/multipath/conf.d/*'],
  ])
})

test('none of the secrets is in the report, in any form', async () => {
  const files = await report()
  const found = [...files].flatMap(([path, text]) =>
    SECRETS.flatMap(secret =>
      [secret, Buffer.from(secret).toString('base64')].some(form => `${path}\n${text}`.includes(form))
        ? [`${secret} in ${path}`]
        : [],
    ),
  )
  expect(found).toEqual([])
  expect(SECRETS.length).toBeGreaterThan(60)
})

test('the key of corosync, and the files that are secrets, are not in it', async () => {
  const files = await report()
  expect([...files.keys()].filter(path => /authkey|\/chap\/|cibsecret|other-secret/.test(path))).toEqual([])
})

test('what is no secret is there', async () => {
  const files = await report()
  expect(files.get('nodes/node1/etc/corosync/corosync.conf')).toContain('token: 5000')
  expect(files.get('nodes/node1/etc/iscsi/iscsid.conf')).toContain('node.session.auth.password = ********')
  expect(files.get('nodes/node1/commands/target.txt')).toMatch(/auth\/userid:vhacs-c0/)
  expect(files.get('nodes/node1/commands/cib.xml')).toContain('value="https://hooks.example/********"')
  expect(files.get('nodes/node1/commands/disks.txt')).toContain('linear')
})

test('the value of a commented-out example is no secret elsewhere', () => {
  const mask = createMasks([{ path: 'x', isLog: false, text: '#node.session.auth.password = password\n' }], [])
  expect(mask('the password is wrong')).toBe('the password is wrong')
  // as in Debian's global_common.conf
  const other = createMasks([{ path: 'x', isLog: false, text: '\t# shared-secret after-sb-0pri\n' }], [])
  expect(other('after-sb-0pri disconnect;')).toBe('after-sb-0pri disconnect;')
})

test('a secret that contains another is masked as a whole', () => {
  const mask = createMasks([], ['abcdef', 'abcdefgh', 'a'])
  expect(mask('abcdefgh abcdef a')).toBe('******** ******** a')
})

test.each([
  ' ',
  'passw',
  '"passw',
  'token:',
  '--token ',
  '*#+-',
  '://',
  'iscsi:',
  '<recipient ',
  'bearer ',
  "passw'",
  'key',
  'passw=\n',
  '\\',
])('a megabyte of %j is masked in a short time', part => {
  const begun = performance.now()
  maskByStructure(part.repeat(2 ** 20 / part.length), () => undefined)
  expect(performance.now() - begun).toBeLessThan(20_000)
})
