import { describe, expect, test } from 'vitest'
import { type ChapParameters, chapParameters, checkChap, readChap } from '../../../agents/chap.ts'
import { exit, OcfError } from '../../../ocf/exit.ts'
import { parseParameters } from '../../../ocf/parameters.ts'
import { fakeSystem } from '../../fake/system.ts'
import { file } from '../../fake/tree.ts'

const SECRET = 'correct-horse-battery'
const OTHER = 'staple#"$(id)"='

function parsed(given: Record<string, string>): ChapParameters {
  const environment = Object.entries(given).map(([name, value]) => [`OCF_RESKEY_${name}`, value])
  return parseParameters(chapParameters, Object.fromEntries(environment))
}

/** The error that a check ends with. */
function faultOf(check: () => unknown): OcfError {
  try {
    check()
  } catch (error) {
    if (error instanceof OcfError) return error
    throw error
  }
  throw new Error('no error')
}

function nodeWith(text: string, access: { owner?: number; permissions?: number } = {}) {
  const system = fakeSystem()
  system.put('/etc/vhacs/secret', { ...file(text), permissions: 0o600, ...access })
  return system
}

const oneWay = { chap_user: 'alice', chap_secret: SECRET }
const mutual = { mutual_chap_user: 'bob', mutual_chap_secret: SECRET }
const fromFile = { chap_user: 'alice', chap_secret_file: '/etc/vhacs/secret' }

describe('names', () => {
  test.each([
    'alice',
    'iqn.2026-01.org.example:vhost0',
    '0day',
    'a@b/c+d-e_f',
    'x'.repeat(255),
  ])('%s is accepted', user => {
    expect(parsed({ chap_user: user }).chap_user).toBe(user)
  })
  test.each(['0x61', '0Bob', 'NULLa', 'a;b', 'a=b', 'a b', '-a', 'ä', '', 'x'.repeat(256)])('%s is rejected', user => {
    if (user === '') return expect(parsed({ chap_user: user }).chap_user).toBeUndefined()
    expect(() => parsed({ chap_user: user })).toThrow(/^parameter chap_user: a name of up to 255/)
  })
})

describe('secrets', () => {
  test.each([
    SECRET,
    OTHER,
    'x'.repeat(12),
    'x'.repeat(255),
  ])('%s is accepted from a parameter and from a file', secret => {
    const parameters = parsed({ chap_user: 'alice', chap_secret: secret })
    expect(() => checkChap(parameters)).not.toThrow()
    expect(readChap(fakeSystem(), parameters)).toEqual({ initiator: { user: 'alice', secret } })
    expect(readChap(nodeWith(`${secret}\n`), parsed(fromFile))).toEqual({ initiator: { user: 'alice', secret } })
  })

  test.each([
    'x'.repeat(11),
    'x'.repeat(256),
    'NULL-and-more-of-it',
    'with a blank here',
    'with-tab\there!',
    'line\nafter-line-',
    ' leading-blank',
    'ümlaut-of-12-',
  ])('%j is rejected and not shown', secret => {
    const fault = faultOf(() => checkChap(parsed({ chap_user: 'alice', chap_secret: secret })))
    expect(fault.code).toBe(exit.notConfigured)
    expect(fault.message).toContain('parameter chap_secret: a secret of 12 to 255 printable')
    expect(fault.message).not.toContain(secret)
    const inFile = faultOf(() => readChap(nodeWith(secret), parsed(fromFile)))
    expect(inFile.code).toBe(exit.invalidHere)
    expect(inFile.message).toContain('/etc/vhacs/secret is invalid: a secret of 12 to 255')
    expect(inFile.message).not.toContain(secret)
  })
})

describe('contradictory parameters are refused (OCF_ERR_CONFIGURED)', () => {
  test.each<[string, Record<string, string>, string]>([
    ['a name alone', { chap_user: 'alice' }, 'chap_user needs chap_secret or chap_secret_file'],
    ['a secret alone', { chap_secret: SECRET }, 'chap_secret needs chap_user'],
    ['a file alone', { chap_secret_file: '/etc/s' }, 'chap_secret_file needs chap_user'],
    ['a secret twice', { ...oneWay, chap_secret_file: '/etc/s' }, 'chap_secret and chap_secret_file are mutually exc'],
    ['a mutual name alone', { ...oneWay, mutual_chap_user: 'bob' }, 'needs mutual_chap_secret or mutual_chap_secret_f'],
    ['mutual without one-way', mutual, 'mutual_chap_user needs chap_user'],
    ['equal secrets', { ...oneWay, ...mutual }, 'are equal'],
  ])('%s', (_, given, reason) => {
    const fault = faultOf(() => checkChap(parsed(given)))
    expect(fault.code).toBe(exit.notConfigured)
    expect(fault.message).toContain(reason)
    expect(fault.message).not.toContain(SECRET)
  })
})

describe('the credentials read at a start', () => {
  test('are undefined without CHAP', () => {
    expect(readChap(fakeSystem(), parsed({}))).toBeUndefined()
  })

  test('are both pairs with mutual CHAP', () => {
    const parameters = parsed({ ...fromFile, mutual_chap_user: 'bob', mutual_chap_secret: OTHER })
    expect(readChap(nodeWith(`${SECRET}\r\n`), parameters)).toEqual({
      initiator: { user: 'alice', secret: SECRET },
      target: { user: 'bob', secret: OTHER },
    })
  })

  test('reject a secret that Pacemaker did not substitute (OCF_ERR_ARGS), though the parameters are valid', () => {
    const parameters = parsed({ chap_user: 'alice', chap_secret: 'lrm://' })
    expect(() => checkChap(parameters)).not.toThrow()
    const fault = faultOf(() => readChap(fakeSystem(), parameters))
    expect(fault.code).toBe(exit.invalidHere)
    expect(fault.message).toContain('chap_secret still reads lrm://')
  })

  test('reject equal secrets from two sources (OCF_ERR_ARGS)', () => {
    const parameters = parsed({ ...fromFile, mutual_chap_user: 'bob', mutual_chap_secret: SECRET })
    expect(faultOf(() => readChap(nodeWith(SECRET), parameters)).message).toContain('are equal')
  })

  test('reject a file that is missing, not regular, not owned by root or accessible to others (OCF_ERR_ARGS)', () => {
    const faultWith = (system: ReturnType<typeof fakeSystem>) => faultOf(() => readChap(system, parsed(fromFile)))
    const directory = fakeSystem({ '/etc/vhacs/secret/x': '' })
    const faults = [
      faultWith(fakeSystem()),
      faultWith(directory),
      faultWith(nodeWith(SECRET, { owner: 1000 })),
      faultWith(nodeWith(SECRET, { permissions: 0o640 })),
      faultWith(nodeWith(SECRET, { permissions: 0o604 })),
      faultWith(nodeWith('lrm://and-what-follows')),
    ]
    expect(faults.map(({ code }) => code)).toEqual(faults.map(() => exit.invalidHere))
    expect(faults.map(({ message }) => message)).toEqual([
      'the secret file /etc/vhacs/secret does not exist on this node',
      'the secret file /etc/vhacs/secret is not a regular file',
      'the secret file /etc/vhacs/secret is not owned by root: run chown root /etc/vhacs/secret',
      'the secret file /etc/vhacs/secret is accessible to other users: run chmod 600 /etc/vhacs/secret',
      'the secret file /etc/vhacs/secret is accessible to other users: run chmod 600 /etc/vhacs/secret',
      'the secret file /etc/vhacs/secret is invalid: it contains lrm://, which has no meaning in a file',
    ])
  })
})
