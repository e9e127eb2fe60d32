import { describe, expect, test } from 'vitest'
import { briefReason, KEPT_BYTES } from '../../../ocf/runtime/reason/brief-reason.ts'

const LONG = {
  iqn: `iqn.2026-01.org.example:${'storage-'.repeat(24)}0`,
  path: `/srv/${'архив/'.repeat(60)}данные`,
  wide: `/mnt/${'🗄'.repeat(60)}`,
}

describe('a brief reason', () => {
  test('is the full reason if Pacemaker keeps all of it', () => {
    const reason = 'é'.repeat(KEPT_BYTES / 2)
    expect(briefReason(reason)).toBe(reason)
  })

  test.for(Object.entries(LONG))('with a long %s keeps the fault and the advice', ([, name]) => {
    const brief = briefReason(`${name} is not owned by root: run chown root`)
    expect(brief).toMatch(/^\S+…\S+ is not owned by root: run chown root$/)
    expect(name.startsWith(brief.split('…')[0] ?? '')).toBe(true)
  })

  test('abbreviates the longest name first, and each no more than needed', () => {
    const short = '/mnt/mail-of-the-second-floor-and-the-third'
    const brief = briefReason(`${LONG.path} is mounted on ${short}: unmount it first`)
    expect(brief).toContain(` is mounted on ${short}: unmount it first`)
  })

  test.for([
    ...Object.values(LONG),
    'word '.repeat(60),
    '€'.repeat(30).concat(' ').repeat(9),
    `${'x '.repeat(61)}🗄🗄🗄`,
  ])('is valid UTF-8 within the length that Pacemaker keeps (%#)', text => {
    const brief = briefReason(`${text}: ${text}`)
    expect(Buffer.byteLength(brief)).toBeLessThanOrEqual(KEPT_BYTES)
    expect(brief.isWellFormed()).toBe(true)
    expect(brief).toContain('…')
  })
})
