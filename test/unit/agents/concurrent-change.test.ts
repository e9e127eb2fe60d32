import { describe, expect, test } from 'vitest'
import { agents } from '../../../agents/all.ts'
import { subjects } from '../../contract/contract.ts'
import { answer, type Calls } from '../../fake/answer.ts'
import { call } from '../../fake/call.ts'
import { fixtureOf } from './tool-failure-cases.ts'

/*
 * An operator, or an action that Pacemaker has abandoned, makes the same change at the same time and is faster: the tool then finds
 * nothing to do, and fails.
 */

interface Race {
  readonly agent: string
  readonly action: string
  readonly from?: readonly string[]
  readonly calls: Calls
  readonly status: number
  readonly stderr: string
  /** How often, if not always. */
  readonly times?: 1
}

const started = { from: ['start'] } as const
const races: readonly Race[] = [
  {
    agent: 'lvm-volume',
    action: 'start',
    calls: 'lvchange',
    status: 5,
    stderr: '  device-mapper: create ioctl on vhacs-c0 failed: Device or resource busy\n',
  },
  {
    agent: 'lvm-volume',
    action: 'stop',
    ...started,
    calls: 'lvchange',
    status: 5,
    stderr: '  Failed to find logical volume "vhacs/c0"\n',
  },
  {
    agent: 'drbd-cloud',
    action: 'start',
    calls: 'drbdadm adjust',
    status: 1,
    stderr: 'c0: Failure: (161) Minor or volume exists already (as requested)\n',
    times: 1,
  },
  {
    agent: 'drbd-cloud',
    action: 'stop',
    ...started,
    calls: 'drbdadm down',
    status: 10,
    stderr: 'c0: Failure: (158) Unknown resource\n',
  },
  {
    agent: 'drbd-cloud',
    action: 'stop',
    ...started,
    calls: 'drbdadm down',
    status: 10,
    stderr: '0: Failure: (127) Device minor not allocated\n',
  },
  {
    agent: 'drbd-cloud',
    action: 'promote',
    ...started,
    calls: 'drbdadm primary',
    status: 10,
    stderr: '0: Failure: (119) Already primary\n',
  },
  {
    agent: 'drbd-cloud',
    action: 'demote',
    from: ['start', 'promote'],
    calls: 'drbdadm secondary',
    status: 10,
    stderr: '0: Failure: (127) Device minor not allocated\n',
  },
  {
    agent: 'iscsi-mount',
    action: 'start',
    calls: 'iscsiadm --login',
    status: 15,
    stderr: 'iscsiadm: default: 1 session requested, but 1 already present.\n',
  },
  {
    agent: 'iscsi-mount',
    action: 'start',
    calls: 'iscsiadm --login',
    status: 8,
    stderr: 'iscsiadm: connection timed out\n',
  },
  {
    agent: 'iscsi-mount',
    action: 'stop',
    ...started,
    calls: 'iscsiadm --logout',
    status: 21,
    stderr: 'iscsiadm: No matching sessions found\n',
  },
  {
    agent: 'nspawn-container',
    action: 'start',
    calls: 'systemd-run',
    status: 1,
    stderr:
      'Failed to start transient service unit: Unit vhacs-nspawn-c0.service was already loaded or has a fragment file.\n',
  },
  {
    agent: 'nspawn-container',
    action: 'stop',
    ...started,
    calls: 'systemctl stop',
    status: 5,
    stderr: 'Failed to stop vhacs-nspawn-c0.service: Unit vhacs-nspawn-c0.service not loaded.\n',
  },
  {
    agent: 'ext3-filesystem',
    action: 'start',
    calls: 'mount',
    status: 32,
    stderr: 'mount: /mnt/c0: /dev/sda already mounted on /mnt/c0.\n',
  },
  {
    agent: 'ext3-filesystem',
    action: 'stop',
    ...started,
    calls: 'umount',
    status: 32,
    stderr: 'umount: /mnt/c0: not mounted.\n',
  },
]

describe.each(races)('$agent $action', ({ agent: name, action, from = [], calls, status, stderr, times }) => {
  test(`${calls} finds it done: ${stderr.trim()}`, async () => {
    const { system } = fixtureOf(name)
    const agent = agents.find(candidate => candidate.name === name)
    const parameters = subjects.find(subject => subject.agent === name)?.parameters
    if (agent === undefined || parameters === undefined) throw new Error(`no agent ${name}`)
    const perform = (each: string) => call(agent, each, { system, parameters })
    let count = 0
    for (const each of from) await perform(each)
    answer(system, calls, async (args, options, usual) => {
      const finished = await usual(args, options)
      count += 1
      return count > (times ?? count) ? finished : { status, stderr }
    })
    expect(await perform(action)).toMatchObject({ code: 0, reasons: [] })
  })
})
