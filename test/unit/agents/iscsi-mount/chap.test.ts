import { describe, expect, test } from 'vitest'
import { iscsiMount } from '../../../../agents/iscsi-mount/index.ts'
import { exit } from '../../../../ocf/exit.ts'
import { call } from '../../../fake/call.ts'
import { recordOf } from '../../../fake/iscsi/iscsi-records.ts'
import type { Secrets } from '../../../fake/iscsi/iscsi-sessions.ts'
import {
  IQN,
  PORTAL,
  parameters,
  RECORD,
  start,
  stop,
  stopped,
  stoppedWithChap,
  validate,
} from '../../../fake/nodes/iscsi-mount.ts'
import { file } from '../../../fake/tree.ts'

const at = { iqn: IQN, portal: PORTAL }
const SECRET = 'initiators-secret'
const SECRET_IN = 'targets-secret-in'
const oneWay: Secrets = { user: 'vhost', secret: SECRET }
const mutual: Secrets = { ...oneWay, userIn: 'export', secretIn: SECRET_IN }
const asOneWay = { chap_user: 'vhost', chap_secret: SECRET }
const asMutual = { ...asOneWay, mutual_chap_user: 'export', mutual_chap_secret: SECRET_IN }

const REJECTED = /or correct the CHAP name or secret/
const UNPROVEN = /the target does not use CHAP, or failed mutual CHAP/

describe('a login with CHAP', () => {
  test.each([
    ['one-way', oneWay, asOneWay],
    ['mutual', mutual, asMutual],
    ['one-way at a target that could prove itself', mutual, asOneWay],
  ])('works: %s', async (_, chap, parameters) => {
    const { system, initiator } = stoppedWithChap(chap)
    expect((await start(system, parameters)).code).toBe(exit.success)
    expect(initiator.sessions).toHaveLength(1)
    expect((await stop(system, parameters)).code).toBe(exit.success)
    expect(system.list('/etc/iscsi/nodes')).toEqual([])
  })

  test('reads the secret from a file', async () => {
    const { system } = stoppedWithChap(oneWay)
    system.put('/etc/vhacs/secret', { ...file(`${SECRET}\n`), permissions: 0o600 })
    const { chap_secret: _, ...others } = asOneWay
    const parameters = { ...others, chap_secret_file: '/etc/vhacs/secret' }
    expect((await start(system, parameters)).code).toBe(exit.success)
  })

  test('uses none of the CHAP settings in iscsid.conf', async () => {
    const { system, initiator } = stoppedWithChap(oneWay)
    const iscsiadm = system.tools.get('iscsiadm')
    system.tools.set('iscsiadm', async (args, options) => {
      const result = await iscsiadm?.(args, options)
      const path = RECORD
      const theirs = 'node.session.auth.username_in = any\nnode.session.auth.password_in = their-global-secret\n'
      if (args.includes('new')) system.put(path, system.read(path) + theirs)
      return result ?? 1
    })
    expect((await start(system, asOneWay)).code).toBe(exit.success)
    expect([...(recordOf(system, initiator, at)?.keys() ?? [])].filter(name => name.endsWith('_in'))).toEqual([])
  })

  test.each<[string, Secrets | undefined, Record<string, string>, RegExp]>([
    ['another secret', oneWay, { ...asOneWay, chap_secret: 'another-secret' }, REJECTED],
    ['another name', oneWay, { ...asOneWay, chap_user: 'other' }, REJECTED],
    ['no CHAP', oneWay, {}, REJECTED],
    ['CHAP that the target does not use', undefined, asOneWay, UNPROVEN],
    ['a target that cannot authenticate', oneWay, asMutual, UNPROVEN],
    ['a target with another secret', mutual, { ...asMutual, mutual_chap_secret: 'not-that-secret' }, UNPROVEN],
  ])('fails at once: %s', async (_, chap, parameters, reason) => {
    const { system } = stoppedWithChap(chap)
    const { code, reasons } = await start(system, parameters)
    expect(code).toBe(exit.genericError)
    expect(reasons).toEqual([expect.stringMatching(reason)])
    expect(system.commands.filter(words => words.includes('--login'))).toHaveLength(1)
  })
})

test.each(['start', 'monitor', 'stop'])('no secret is in a command, a log or a reason: %s', async action => {
  for (const chap of [oneWay, mutual, undefined]) {
    const { system } = stoppedWithChap(chap)
    if (action !== 'start') await start(system, asMutual)
    const { stderr } = await call(iscsiMount, action, {
      system,
      parameters: { ...parameters, ...asMutual },
      environment: { HA_debug: '1' },
    })
    const said = `${stderr} ${system.commands.flat().join(' ')}`
    for (const secret of [SECRET, SECRET_IN]) expect(said).not.toContain(secret)
  }
})

test('the record with the secret is never readable for others, even while it is being written', async () => {
  const { system } = stoppedWithChap(mutual)
  const seen: number[] = []
  const { write } = system
  system.write = async (path, text, options) => {
    await write(path, text, options)
    if (text.includes(SECRET)) seen.push(system.stat(path).permissions)
  }
  await start(system, asMutual)
  expect(seen).toEqual([0o600])
  expect(system.stat(RECORD).permissions).toBe(0o600)
})

test('validate-all at level 10 checks the file with the secret (OCF_ERR_ARGS)', async () => {
  const { system } = stopped()
  const { chap_secret: _, ...others } = asOneWay
  const missing = { ...others, chap_secret_file: '/etc/vhacs/none' }
  expect((await validate(system, missing)).code).toBe(exit.invalidHere)
  expect((await validate(system, missing, { OCF_CHECK_LEVEL: '0' })).code).toBe(exit.success)
})
