import { expect, test } from 'vitest'
import { initiatorName, parseInitiatorName } from '../../../../system/iscsi/initiator-name.ts'
import { fakeSystem } from '../../../fake/system.ts'

const IQN = 'iqn.2026-01.org.example:here'

test.each([
  ['the usual line', `## Made at installation.\nInitiatorName=${IQN}\n`, IQN],
  ['blanks before the key', `  \tInitiatorName=${IQN}\n`, IQN],
  ['blanks around the value', `InitiatorName = ${IQN}  \r\nInitiatorAlias=here\n`, IQN],
  ['no end of the line', `InitiatorName=${IQN}`, IQN],
  ['a comment line with the key first', `# InitiatorName=iqn.2026-01.org.example:old\nInitiatorName=${IQN}\n`, IQN],
  ['two names', `InitiatorName=${IQN}\nInitiatorName=iqn.2026-01.org.example:other\n`, IQN],
  ['a key without a value first', `InitiatorName=\nInitiatorName=${IQN}\n`, IQN],
  ['a # in the value', `InitiatorName=${IQN}#1\n`, `${IQN}#1`],
  ['a blank in the value', `InitiatorName=${IQN} # mine\n`, `${IQN} # mine`],
  ['a # before the key', `#InitiatorName=${IQN}\n`, undefined],
  ['no = after the key', `InitiatorName ${IQN}\n`, undefined],
  ['capitals', 'InitiatorName=iqn.1994-05.com.redhat:ABCDEF', 'iqn.1994-05.com.redhat:abcdef'],
  ['a carriage return', `InitiatorName=${IQN}\r\n`, IQN],
  ['the key twice', `InitiatorName InitiatorName = ${IQN}\n`, IQN],
  ['a second =', `InitiatorName==${IQN}\n`, `=${IQN}`],
  ['the key of another case', `initiatorname=${IQN}\n`, undefined],
  ['no name yet', 'GenerateName=yes\n', undefined],
  ['nothing', '', undefined],
])('a file with %s is read as iscsid reads it', (_, text, name) => {
  expect(parseInitiatorName(text)).toBe(name)
})

test.each([
  ' ',
  '=',
  '#',
  'InitiatorName',
  '\n',
  'InitiatorName=\n',
  '\t\n',
])('%j a million times is read quickly', part => {
  const begun = performance.now()
  expect(parseInitiatorName(part.repeat(1_000_000 / part.length))).toBeUndefined()
  expect(performance.now() - begun).toBeLessThan(1000)
})

test('a node without the file does not have an initiator name', () => {
  expect(initiatorName(fakeSystem())).toBeUndefined()
})
