import { describe, expect, test } from 'vitest'
import { byPosition, problemText, readFile } from '../../../../cloud/file/read-file.ts'
import { EMPTY_CONTEXT } from '../../../../cloud/resolve/context.ts'
import { resolve } from '../../../../cloud/resolve/resolve.ts'
import { rows } from '../../rows.ts'
import { context } from './lab.ts'

/** All problems of a file, as compose reports them. */
function problemsOf(text: string, against = context()): string[] {
  const file = readFile(text)
  const found = file.configuration ? file.located(resolve(file.configuration, against).problems) : []
  return [...file.problems, ...found].toSorted(byPosition).map(problem => problemText('f', problem))
}

const NETWORK = 'networks: {storage: {addresses: 10.0.0.1-10.0.0.9/24}}'

describe('one mistake is one problem, and other mistakes are still found:', () => {
  // the mistake | the file | all problems
  test.each(
    rows(String.raw`
      a size of the wrong type | clouds: [{name: c1, size: 1000}] | f:1:27: size is 1000
      a size of the wrong form | clouds: [{name: c1, size: big}] | f:1:27: size: a size like
      an unknown key | clouds: [{name: c1, size: 1G, sise: 1G}] | f:1:31: "sise" is not a key here
      an address of the wrong form | clouds: [{name: c1, size: 1G, address: x}] | f:1:40: address is "x"
      the addresses of all | networks: {storage: {addresses: x}}\nclouds: [{name: c1, size: 1G}] | f:1:33: addresses: "x" is not a range
      the roles of a node | nodes: [{name: node1, roles: [vhosts]}]\nclouds: [{name: c1, size: 1G, storage: [node1, node2]}] | f:1:31: roles is "vhosts"
      the same name twice | clouds: [{name: c1, size: 1G}, {name: c1, size: 1G}] | f:1:39: a cloud named c1 already exists
      the same directory twice | clouds: [{name: c1, size: 1G, directory: /a}, {name: c2, size: 1G, directory: /a}] | f:1:79: directory /a is already used by c1
    `),
  )('%s', (_case, file = '', problem = '') => {
    expect(problemsOf(file)).toEqual([expect.stringContaining(problem)])
    const more = file.replace(/}]$/, '}, {name: c9}]')
    expect(problemsOf(more)).toEqual([
      expect.stringContaining(problem),
      expect.stringMatching(/size is missing, and the cloud is new/),
    ])
  })

  test('a malformed node is not reported as unknown', () => {
    const file = `${NETWORK}\nnodes: [{name: a, roles: [storage, vhost], initiator: X}, {name: b, roles: 5}]\nclouds: [{name: c1, size: 1G, storage: [a, b]}]`
    expect(problemsOf(file, EMPTY_CONTEXT)).toEqual([
      expect.stringContaining('f:2:55: initiator is "X"'),
      expect.stringContaining('f:2:76: roles is 5: a list is expected'),
    ])
  })
})
