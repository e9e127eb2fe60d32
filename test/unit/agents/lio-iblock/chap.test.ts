import { expect, test } from 'vitest'
import { exit } from '../../../../ocf/exit.ts'
import { monitor, start, started, stop, stopped, TPG, VHOST, validate } from '../../../fake/nodes/lio-iblock.ts'
import { file, liveFile, refuse } from '../../../fake/tree.ts'

const SECRET = 'correct-horse-battery'
const TARGETS_SECRET = 'staple#"$(id)"='
const oneWay = { chap_user: 'alice', chap_secret: SECRET }
const mutual = { ...oneWay, mutual_chap_user: 'bob', mutual_chap_secret: TARGETS_SECRET }
const SECRETS = new RegExp(`${SECRET}|staple`)

test('without CHAP the portal group requires none', async () => {
  const { system } = await started()
  expect(system.read(`${TPG}/attrib/authentication`).trim()).toBe('0')
})

test('CHAP, one-way and mutual, is set for every initiator before it can log in', async () => {
  const { system } = stopped()
  const second = 'iqn.2026-01.org.example:vhost1'
  const given = { ...mutual, allowed_initiators: `${VHOST} ${second}` }
  expect((await start(system, given)).code).toBe(exit.success)
  expect(system.read(`${TPG}/attrib/authentication`).trim()).toBe('1')
  for (const initiator of [VHOST, second]) {
    const read = (name: string) => system.read(`${TPG}/acls/${initiator}/auth/${name}`).trim()
    expect([read('userid'), read('password')]).toEqual(['alice', SECRET])
    expect([read('userid_mutual'), read('password_mutual')]).toEqual(['bob', TARGETS_SECRET])
  }
  expect(system.changes.at(-1)).toBe(`write ${TPG}/enable 1`)
})

test('a secret may be in a file; monitor and stop do not need it', async () => {
  const { system } = stopped()
  system.put('/etc/vhacs/secret', { ...file(`${SECRET}\n`), permissions: 0o600 })
  const given = { chap_user: 'alice', chap_secret_file: '/etc/vhacs/secret' }
  expect((await start(system, given)).code).toBe(exit.success)
  expect(system.read(`${TPG}/acls/${VHOST}/auth/password`).trim()).toBe(SECRET)
  system.take('/etc/vhacs/secret')
  const monitored = await monitor(system, given)
  expect(monitored.code).toBe(exit.success)
  expect((await stop(system, given)).code).toBe(exit.success)
})

test('a secret that Pacemaker did not replace is reported (OCF_ERR_ARGS), and nothing is created', async () => {
  const { system } = stopped()
  const given = { chap_user: 'alice', chap_secret: 'lrm://' }
  const { code, reasons } = await start(system, given)
  expect(code).toBe(exit.invalidHere)
  expect(reasons).toEqual([expect.stringContaining('chap_secret still reads lrm://')])
  expect(system.changes).toEqual([])
})

test('a secret that was changed to an invalid one fails the next start, but neither monitor nor stop', async () => {
  const { system } = await started(oneWay)
  const changed = { ...oneWay, chap_secret: 'short' }
  expect((await monitor(system, changed)).code).toBe(exit.success)
  expect((await stop(system, changed)).code).toBe(exit.success)
  expect((await monitor(system, changed)).code).toBe(exit.notRunning)
  expect((await start(system, changed)).code).toBe(exit.notConfigured)
})

test.each<[string, string, string]>([
  ['asks for no CHAP', `${TPG}/attrib/authentication`, '0'],
  ['has another name for an initiator', `${TPG}/acls/${VHOST}/auth/userid`, 'mallory'],
])('a portal group that %s fails the monitor (OCF_ERR_GENERIC)', async (_, path, text) => {
  const { system } = await started(oneWay)
  await system.write(path, text)
  const given = oneWay
  const { code, reasons } = await monitor(system, given)
  expect(code).toBe(exit.genericError)
  expect(reasons).toHaveLength(1)
})

test('no secret is in the log, in a reason or on a command line, even with debugging or when the kernel rejects it', async () => {
  const { system } = stopped()
  const environment = { HA_debug: '1' }
  const given = mutual
  const good = await start(system, given, environment)
  expect(good.stderr).toContain('DEBUG')
  const ended = await stop(system, given, environment)
  const refusing = stopped()
  const makeDirectory = async (path: string) => {
    await refusing.system.makeDirectory(path)
    if (path === `${TPG}/acls/${VHOST}`)
      refusing.system.put(
        `${path}/auth/password`,
        liveFile(
          () => '',
          () => refuse('EINVAL'),
        ),
      )
  }
  const bad = await start({ ...refusing.system, makeDirectory }, given, environment)
  expect(bad.code).toBe(exit.genericError)
  const wrong = { ...given, chap_secret: `${SECRET} with blanks` }
  const refused = await validate(system, wrong, environment)
  expect(refused.code).toBe(exit.notConfigured)
  for (const { stderr } of [good, ended, bad, refused]) expect(stderr).not.toMatch(SECRETS)
  expect(JSON.stringify(system.commands)).not.toMatch(SECRETS)
})
