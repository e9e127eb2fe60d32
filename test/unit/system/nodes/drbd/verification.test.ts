import { expect, test } from 'vitest'
import { parseVerificationLog } from '../../../../../system/nodes/drbd/verification.ts'

/* Lines as drivers/block/drbd of Linux 6.1 has them, and DRBD 9. */
const START = '[  100.000000] block drbd0: Starting Online Verify from sector 0'
const DONE = '[  112.000000] block drbd0: Online verify done (total 12 sec; paused 0 sec; 5460 K/sec)'
const REACHED = '[  105.000000] block drbd0: Online Verify reached sector 4096'
const START_9 = '[  100.000000] drbd c0/0 drbd0 node1: Starting Online Verify from sector 0'
const DONE_9 =
  '[  112.0] drbd c0/0 drbd0 node1: Online verify done but 8 4k blocks skipped (total 12 sec; paused 0 sec; 5460 K/sec)'

const FOUND = '[  112.000000] block drbd0: Online verify found 2 4k block out of sync!'

const complete = { isComplete: true, seconds: 12, differentBytes: 0 }

test.each([
  ['no line', [], undefined],
  ['only its start', [START], undefined],
  ['its end', [START, DONE], complete],
  ['its end, where so much differed that the start is no longer in the log', [DONE], complete],
  ['its end as older modules write it', [START, DONE.replace('verify done', 'verify  done')], complete],
  ['its end in DRBD 9', [START_9, DONE_9], complete],
  ['what differed', [START, DONE, FOUND], { ...complete, differentBytes: 8192 }],
  [
    'what differed, in the plural',
    [DONE, FOUND.replace('block out', 'blocks out')],
    { ...complete, differentBytes: 8192 },
  ],
  ['what differed once, and then not', [START, DONE, FOUND, START, DONE], complete],
  ['a stop sector', [START, DONE, REACHED], { ...complete, isComplete: false }],
  ['a lost connection', [START, REACHED], { isComplete: false, seconds: 0, differentBytes: 0 }],
  ['a start in the midst, by hand', [START.replace(/0$/, '4096'), DONE], { ...complete, isComplete: false }],
  ['an earlier end, then a start', [START, DONE, START], undefined],
  ['a stopped one, then its repetition', [START, DONE, REACHED, START, DONE], complete],
])('%s', (_, lines, end) => {
  expect(parseVerificationLog(lines.join('\n'))).toEqual(end)
})
