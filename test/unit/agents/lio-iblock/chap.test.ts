import { expect, test } from 'vitest'
import { lioIblock } from '../../../../agents/lio-iblock/index.ts'
import { exit } from '../../../../ocf/exit.ts'
import { call, recurring } from '../../../fake/call.ts'
import { node, parameters, running, TPG, VHOST } from '../../../fake/nodes/lio-iblock.ts'
import { file, liveFile, refuse } from '../../../fake/tree.ts'

const SECRET = 'correct-horse-battery'
const TARGETS_SECRET = 'staple#"$(id)"='
const oneWay = { chap_user: 'alice', chap_secret: SECRET }
const mutual = { ...oneWay, mutual_chap_user: 'bob', mutual_chap_secret: TARGETS_SECRET }
const SECRETS = new RegExp(`${SECRET}|staple`)

test('without CHAP the portal group asks for none', async () => {
  const { system } = await running()
  expect(system.read(`${TPG}/attrib/authentication`).trim()).toBe('0')
})

test('one-way CHAP is set for every initiator before it can log in, mutual CHAP too', async () => {
  const { system } = node()
  const second = 'iqn.2026-01.org.example:vhost1'
  const given = { ...parameters, ...mutual, allowed_initiators: `${VHOST} ${second}` }
  expect((await call(lioIblock, 'start', { system, parameters: given })).code).toBe(exit.success)
  expect(system.read(`${TPG}/attrib/authentication`).trim()).toBe('1')
  for (const initiator of [VHOST, second]) {
    const read = (name: string) => system.read(`${TPG}/acls/${initiator}/auth/${name}`).trim()
    expect([read('userid'), read('password')]).toEqual(['alice', SECRET])
    expect([read('userid_mutual'), read('password_mutual')]).toEqual(['bob', TARGETS_SECRET])
  }
  expect(system.changes.at(-1)).toBe(`write ${TPG}/enable 1`)
})

test('a secret may stand in a file, which monitor and stop do not need', async () => {
  const { system } = node()
  system.put('/etc/vhacs/secret', { ...file(`${SECRET}\n`), permissions: 0o600 })
  const given = { ...parameters, chap_user: 'alice', chap_secret_file: '/etc/vhacs/secret' }
  expect((await call(lioIblock, 'start', { system, parameters: given })).code).toBe(exit.success)
  expect(system.read(`${TPG}/acls/${VHOST}/auth/password`).trim()).toBe(SECRET)
  system.take('/etc/vhacs/secret')
  const monitored = await call(lioIblock, 'monitor', { system, parameters: given, environment: recurring })
  expect(monitored.code).toBe(exit.success)
  expect((await call(lioIblock, 'stop', { system, parameters: given })).code).toBe(exit.success)
})

test('a secret that Pacemaker did not put in its place is said to be missing (OCF_ERR_ARGS), and nothing is made', async () => {
  const { system } = node()
  const given = { ...parameters, chap_user: 'alice', chap_secret: 'lrm://' }
  const { code, reasons } = await call(lioIblock, 'start', { system, parameters: given })
  expect(code).toBe(exit.invalidHere)
  expect(reasons).toEqual([expect.stringContaining('chap_secret still reads lrm://')])
  expect(system.changes).toEqual([])
})

test('a secret that was changed for a bad one is refused by the next start, and keeps nothing from being stopped', async () => {
  const { system } = await running(oneWay)
  const changed = { ...parameters, ...oneWay, chap_secret: 'short' }
  const codeOf = async (action: string) =>
    (await call(lioIblock, action, { system, parameters: changed, environment: recurring })).code
  expect(await codeOf('monitor')).toBe(exit.success)
  expect(await codeOf('stop')).toBe(exit.success)
  expect(await codeOf('monitor')).toBe(exit.notRunning)
  expect(await codeOf('start')).toBe(exit.notConfigured)
})

test.each<[string, string, string]>([
  ['asks for no CHAP', `${TPG}/attrib/authentication`, '0'],
  ['has another name for an initiator', `${TPG}/acls/${VHOST}/auth/userid`, 'mallory'],
])('a portal group that %s is a failure (OCF_ERR_GENERIC)', async (_, path, text) => {
  const { system } = await running(oneWay)
  await system.write(path, text)
  const given = { ...parameters, ...oneWay }
  const { code, reasons } = await call(lioIblock, 'monitor', { system, parameters: given, environment: recurring })
  expect(code).toBe(exit.genericError)
  expect(reasons).toHaveLength(1)
})

test('no secret is in the log, in a reason or on a command line, not when debugging and not when the kernel refuses it', async () => {
  const { system } = node()
  const environment = { HA_debug: '1' }
  const given = { ...parameters, ...mutual }
  const good = await call(lioIblock, 'start', { system, parameters: given, environment })
  expect(good.stderr).toContain('DEBUG')
  const stopped = await call(lioIblock, 'stop', { system, parameters: given, environment })
  const refusing = node()
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
  const bad = await call(lioIblock, 'start', {
    system: { ...refusing.system, makeDirectory },
    parameters: given,
    environment,
  })
  expect(bad.code).toBe(exit.genericError)
  const wrong = { ...given, chap_secret: `${SECRET} with blanks` }
  const refused = await call(lioIblock, 'validate-all', { system, parameters: wrong, environment })
  expect(refused.code).toBe(exit.notConfigured)
  for (const { stderr } of [good, stopped, bad, refused]) expect(stderr).not.toMatch(SECRETS)
  expect(JSON.stringify(system.commands)).not.toMatch(SECRETS)
})
