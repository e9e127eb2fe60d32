import { expect, test } from 'vitest'
import { textOf, trackedFiles } from './tracked-files.ts'

/* Each message that is a heading of docs/troubleshooting.md is still written by VHACS, unless the entry says who else writes it. */

const PAGE = textOf('docs/troubleshooting.md') ?? ''
const sources = trackedFiles
  .filter(file => /^(agents|alert|fencing|cli|cloud|handlers|ocf|system)\/.*\.ts$/.test(file))
  .map(file => textOf(file) ?? '')
  .join('\n')

const FOREIGN = /^\*(?:The second one is written|Written) by /m
/** Shorter fragments occur anywhere. */
const SHORTEST = 8

interface Entry {
  readonly messages: readonly string[]
  readonly text: string
}

/** The headings of the third level, those that follow each other directly as one entry, and the text below them. */
function entriesOf(page: string): Entry[] {
  const entries = page.matchAll(/((?:^### .+\n)+)((?:(?!^##).*\n)*)/gm)
  return [...entries].map(([, headings = '', text = '']) => ({
    messages: headings
      .trim()
      .split('\n')
      .map(line => line.replace('### ', '')),
    text,
  }))
}

/** The messages that VHACS writes. */
function ownMessages({ messages, text }: Entry): readonly string[] {
  const [line] = FOREIGN.exec(text) ?? []
  if (line === undefined) return messages
  return line.includes('second') ? messages.toSpliced(1, 1) : []
}

/** The longest part of a message without placeholders, which are in italics. */
function fragmentOf(message: string): string {
  const parts = message.split(/\*[^*]+\*/).map(part => part.replace(/^[\s"(),.:;]+|[\s"(),.:;]+$/g, ''))
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '')
}

/** Whether the sources have a fragment, as a whole or as the parts that are joined where the message is made. */
function isWritten(fragment: string): boolean {
  return sources.includes(fragment) || fragment.split(/[:;] /).every(part => sources.includes(part))
}

const messages = entriesOf(PAGE).flatMap(ownMessages)

test('the page has messages, each with enough words to be found', () => {
  expect(messages.length).toBeGreaterThan(50)
  expect(messages.filter(message => fragmentOf(message).length < SHORTEST)).toEqual([])
})

test('every message is still written by VHACS', () => {
  expect(messages.filter(message => !isWritten(fragmentOf(message)))).toEqual([])
})

test('every entry says what the message means, or what to look at, and what to do', () => {
  const bare = entriesOf(PAGE).filter(({ text }) => !/^- \*\*(?:Means|Look)\*\*/m.test(text))
  expect(bare.map(({ messages: [first] }) => first)).toEqual([])
})

test('a message that is written no more is found, and one of other software is left out', () => {
  const page = `## Group\n
### the disk of *NAME* has no *valid* soul\n
- **Means**: nothing.\n
### Unable to load CIB secrets\n
*Written by Pacemaker.*\n
### the TPG is missing\n### fence-peer helper broken\n
*The second one is written by the kernel.*\n`
  const found = entriesOf(page).flatMap(ownMessages)
  expect(found).toEqual(['the disk of *NAME* has no *valid* soul', 'the TPG is missing'])
  expect(found.map(fragmentOf)).toEqual(['the disk of', 'the TPG is missing'])
  expect(isWritten('the TPG is missing')).toBe(true)
  expect(isWritten('the disk has no soul')).toBe(false)
})
