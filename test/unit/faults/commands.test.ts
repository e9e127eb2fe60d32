import { describe, expect, test } from 'vitest'
import { commandOf, type Parsed } from '../../../cli/command/parse.ts'
import { nouns } from '../../../cli/nouns.ts'
import { OPERATIONS } from '../../faults/kinds/verbs.ts'
import { textOf, trackedFiles } from '../tree/tracked-files.ts'

/* Each call of vhacs by the campaign is one that vhacs understands. */

/** @throws Error for a command line that vhacs refuses. */
async function parsed([name, ...words]: readonly string[]): Promise<Parsed> {
  const noun = nouns.find(one => one.name === name)
  if (noun === undefined) throw new Error(`vhacs has no ${name}`)
  let found: Parsed | undefined
  const command = commandOf(noun, async call => {
    found = call
  }).exitOverride()
  await command.parseAsync(words, { from: 'user' })
  if (found === undefined) throw new Error('nothing was called')
  return found
}

/** Of the scripts, with a name for each of their values. */
const CALLS = trackedFiles
  .filter(file => /^test\/faults\/.*\.ts$/.test(file))
  .flatMap(file => [...(textOf(file) ?? '').matchAll(/(?<=[\s;&`])vhacs ([a-z]+ --[^;&>`\n]+)/g)])
  .map(([, words = '']) => words.trim().replaceAll(/"\$\d"/g, 'name'))

test.each([...new Set(CALLS)])('vhacs %s', async words => {
  expect((await parsed(words.split(' '))).verb.flag).toBeDefined()
})

test('there are some', () => {
  expect(CALLS.length).toBeGreaterThan(15)
})

describe('what is done to a storage while something breaks', () => {
  const storage = {
    ...{ name: 'a', exporter: 1, mounter: 2, sides: [1, 2], minor: 0, iqn: 'iqn.x:a', address: '10.77.1.100' },
    directory: '/clouds/a',
  }

  test.each(OPERATIONS)('$name', async ({ command, afterwards }) => {
    for (const words of [command(storage, 96 * 2 ** 20), ...afterwards(storage)])
      expect((await parsed(['storage', ...words])).value).toBe('a')
  })

  test('a growth is by two extents, in words that vhacs reads', () => {
    expect(OPERATIONS[0]?.command(storage, 96 * 2 ** 20)).toEqual(['--grow', 'a', '--size', '104M'])
  })
})
