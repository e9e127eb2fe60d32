import { expect, test } from 'vitest'
import { textOf } from './tracked-files.ts'

/* The build uses what was reviewed: each package is pinned by version and hash, whichever mirror it comes from. */

interface Entry {
  readonly version: string
  readonly integrity?: string
  readonly resolved?: string
}

const manifest = JSON.parse(textOf('package.json') ?? '{}')
const lock: { packages: Record<string, Entry> } = JSON.parse(textOf('package-lock.json') ?? '{}')
const entries = Object.entries(lock.packages).filter(([path]) => path !== '')

/** What is wrong with an entry of the lock file. */
function faultOf({ version, integrity, resolved }: Entry): string | undefined {
  if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '')) return 'no hash'
  if (resolved !== undefined) return `names where ${version} came from`
  return undefined
}

test('every package in the lock file has a hash, and names no mirror', () => {
  expect(entries.length).toBeGreaterThan(200)
  expect(entries.filter(([, entry]) => faultOf(entry) !== undefined).map(([path]) => path)).toEqual([])
})

test('an entry without a hash, with a weak one or with an address is found', () => {
  const integrity = `sha512-${'A'.repeat(86)}==`
  expect(faultOf({ version: '1.0.0', integrity })).toBeUndefined()
  expect(faultOf({ version: '1.0.0' })).toBe('no hash')
  expect(faultOf({ version: '1.0.0', integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' })).toBe('no hash')
  expect(faultOf({ version: '1.0.0', integrity, resolved: 'https://mirror.example/a.tgz' })).toContain('1.0.0')
})

test('every dependency is one exact version, and the lock file has that one', () => {
  const wanted: Record<string, string> = { ...manifest.dependencies, ...manifest.devDependencies }
  const locked = Object.keys(wanted).map(name => [name, lock.packages[`node_modules/${name}`]?.version])
  expect(Object.fromEntries(locked)).toEqual(wanted)
  for (const version of Object.values(wanted)) expect(version).toMatch(/^\d+\.\d+\.\d+$/)
})

test('npm does not run scripts of packages that it installs', () => {
  expect(textOf('.npmrc')).toMatch(/^ignore-scripts=true$/m)
  expect(textOf('.npmrc')).toMatch(/^omit-lockfile-registry-resolved=true$/m)
})

test('the program of bats, which the registry does not list for npm, is linked when packages are installed', () => {
  // in the lock file npm would leave it out when that is made anew
  expect(lock.packages['node_modules/bats']).not.toHaveProperty('bin')
  expect(textOf('Makefile')).toMatch(
    /^node_modules:.*(\n\t.*)*\n\tln -sf \.\.\/bats\/bin\/bats node_modules\/\.bin\/bats$/m,
  )
})
