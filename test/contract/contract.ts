/*
 * What every agent must do, as data: the calls of an agent and the expected results. It runs wherever an agent can be called and
 * its resource destroyed without the agent: on the fake node, with the packaged executable, on a real node.
 */

/** An agent and parameters with which one resource of it can run. */
export interface Subject {
  readonly agent: string
  readonly parameters: Readonly<Record<string, string>>
  readonly required: readonly string[]
  /** Parameters that are valid, but name objects that no node has. */
  readonly absent: Readonly<Record<string, string>>
  /** Another value of a parameter, with which it is still the resource that runs: the other ones identify it. */
  readonly changed?: Readonly<Record<string, string>>
  /** Parameters that are valid, but contradict each other. */
  readonly unfit?: Readonly<Record<string, string>>
  /** Invalid values, by parameter. */
  readonly malformed: Readonly<Record<string, readonly string[]>>
  readonly isPromotable?: boolean
}

export const subjects: readonly Subject[] = [
  {
    agent: 'lvm-volume',
    parameters: { volume: 'c0', volume_group: 'vhacs' },
    required: ['volume'],
    absent: { volume: 'vhacs-absent' },
    malformed: { volume: ['-c0', '..', 'c0 c1', 'c0\nc1', '@tag', 'x'.repeat(128)], volume_group: ['a/b', '.'] },
  },
  {
    agent: 'drbd-cloud',
    parameters: { drbd_resource: 'c0' },
    required: ['drbd_resource'],
    absent: { drbd_resource: 'vhacs-absent' },
    malformed: {
      drbd_resource: ['../c0', 'c0 c1', '-c0', 'all;', 'all'],
      wfc_timeout: ['-1', '5s', '121', '1e3'],
      portals: ['192.0.2.256', '192.0.2.10:0', '2001:db8::1'],
    },
    isPromotable: true,
  },
  {
    agent: 'lio-iblock',
    parameters: {
      iqn: 'iqn.2026-01.org.example:c0',
      device: '/dev/drbd0',
      portals: '192.0.2.10',
      allowed_initiators: 'iqn.2026-01.org.example:vhost0 iqn.2026-01.org.example:vhost1',
    },
    required: ['iqn', 'device'],
    absent: { device: '/dev/vhacs-absent' },
    unfit: { chap_user: 'vhost0', chap_secret: 'too-short' },
    malformed: {
      iqn: ['IQN.2026-01.org.example:c0', 'iqn.2026-13.org.example:c0', 'iqn.2026-01.org.example:../x', 'c0'],
      device: [
        'drbd0',
        '/dev/../etc/passwd',
        '/tmp/x',
        '/dev/',
        '/dev/drbd0,force=1',
        '/dev/drbd0 ',
        '/dev/drbd 0',
        `/dev/${'x'.repeat(507)}`,
      ],
      tpgt: ['0', '65536', 'one'],
      lun: ['-1', '256'],
      portals: ['192.0.2.256', '192.0.2.1:0', '2001:db8::1', 'example.org:3260'],
      allowed_initiators: ['vhost0', 'iqn.2026-01.org.example:a,iqn.2026-01.org.example:b'],
      scsi_sn: ['1234567', '0123456g', '-------1', '0'.repeat(37)],
      vendor_id: ['NINECHARS', ' VHACS', 'VHACS\n', 'Müller'],
      product_id: ['seventeen--------', 'c0 '],
      block_size: ['500', '4k', '8192'],
      emulate_tpu: ['2', 'maybe'],
      emulate_caw: ['-1'],
      emulate_3pc: ['TRUEish'],
      emulate_write_cache: ['write back'],
      cmdsn_depth: ['0', '513', '64.0'],
      chap_user: ['0x61', 'a;b', 'NULL', 'two words'],
      chap_secret_file: ['etc/secret', '/etc/../secret'],
      mutual_chap_user: ['0b1', 'CHAP_R=x'],
      mutual_chap_secret_file: ['secret'],
    },
  },
  {
    agent: 'iscsi-mount',
    parameters: { iqn: 'iqn.2026-01.org.example:c0', portals: '192.0.2.10:3260' },
    required: ['iqn', 'portals'],
    absent: { chap_user: 'vhacs', chap_secret_file: '/vhacs-absent' },
    unfit: { chap_user: 'vhost0', chap_secret: 'twelve blanks' },
    malformed: {
      iqn: ['iqn.example', 'iqn.2026-01.org.example:c_0', 'IQN.2026-01.org.example:c0'],
      portals: ['192.0.2.10:65536', '--logout'],
      lun: ['256', '0x1'],
      recovery_limit: ['0', '-1', '86401'],
      login_timeout: ['1', '121', '10s'],
      noop_out_interval: ['-1', '3601'],
      noop_out_timeout: ['5.5', '3601'],
      queue_depth: ['0', '1025', 'many'],
      chap_user: ['NULL', '0x31', 'a b', 'a;b', '-u'],
      chap_secret_file: ['secret', '/etc/../secret'],
      mutual_chap_user: ['a\nb', 'x'.repeat(256)],
      mutual_chap_secret_file: ['/etc//secret', '.'],
    },
  },
  {
    agent: 'ext3-filesystem',
    parameters: { device: '/dev/sda', directory: '/mnt/c0' },
    required: ['device', 'directory'],
    absent: { directory: '/vhacs-absent', create_directory: 'no' },
    malformed: {
      device: ['sda', '/dev/../sda', 'UUID=1234'],
      directory: ['mnt', '/', '/mnt/../etc', '/mnt//c0', '/mnt/c0//', '/mnt/a\nb'],
      options: ['noatime,', 'a b', 'noatime;reboot', ',,', 'remount', 'noatime,bind', 'loop', 'X-mount.subdir=x'],
      create_directory: ['maybe', '2'],
      run_fsck: ['yes', 'AUTO', 'auto,force'],
      force_unmount: ['kill', 'Safe', '-9'],
    },
  },
  {
    agent: 'nspawn-container',
    parameters: { machine: 'c0', directory: '/mnt/c0/root' },
    required: ['machine', 'directory'],
    absent: { directory: '/vhacs-absent' },
    changed: { directory: '/mnt/vhacs-other' },
    unfit: { boot: 'yes', command: '/bin/true' },
    malformed: {
      machine: ['-c0', 'c0-', 'c0 c1', '0c', '.host', 'c0/../c1', 'c.0', 'x'.repeat(64)],
      directory: ['mnt', '/', '/mnt/../etc', '/mnt//c0', '/mnt/c0//', '/mnt/a\nb'],
      boot: ['maybe', '2'],
      command: ['sleep 1', '/bin/sh -c "x"', '/bin/echo $HOME', '/bin/a;b', '/bin/a\n/bin/b'],
      network: [
        'bridge',
        'bridge:',
        'bridge:br 0',
        'Bridge:br0',
        `macvlan:${'x'.repeat(16)}`,
        'veth',
        'bridge:../x',
        'macvlan:-a',
      ],
      private_users: ['yes', '1000', '65536', '-524288', '4294967296'],
      memory_max: ['0', '1.5G', '10%', 'infinity', '512m'],
      cpu_weight: ['0', '10001', 'idle'],
      settings: ['web0.nspawn', '/etc/../x'],
      shutdown_timeout: ['0', '3601', '90s'],
    },
  },
]

/** One call of the agent. */
export interface Call {
  /** The action, if any, and further arguments. */
  readonly arguments: readonly string[]
  /** The resource's parameters with these changes; null removes one. `none`: an empty environment. */
  readonly parameters: Readonly<Record<string, string | null>> | 'none'
  /** Other variables. */
  readonly environment?: Readonly<Record<string, string>>
  /** As if no tool were installed on the node. */
  readonly isWithoutTools?: true
}

export interface Expectation {
  /** Any of these exit codes. */
  readonly codes: readonly number[]
  /** The number of exit reasons. */
  readonly reasons: 0 | 1
  readonly output: 'nothing' | 'meta-data' | 'usage'
}

export type Step =
  | { readonly call: Call; readonly expect: Expectation }
  /** The resource disappears without the agent. */
  | { readonly destroyed: 'without the agent' }

/** The behaviour of an agent in one case; begins on a node where its resource is stopped. */
export interface Case {
  readonly title: string
  readonly steps: readonly Step[]
  /** Its parameters are missing or malformed, so it does not reach the kernel. */
  readonly isRefused?: true
}

const SUCCESS = 0
const FAILED = 1
const NOT_HERE = 2
const UNIMPLEMENTED = 3
const NOT_INSTALLED = 5
const NOT_CONFIGURED = 6
const NOT_RUNNING = 7
const RUNNING_PROMOTED = 8

const RECURRING = { OCF_RESKEY_CRM_meta_interval: '10000' }
const PROBE = { OCF_RESKEY_CRM_meta_interval: '0' }
const LEVEL_10 = { OCF_CHECK_LEVEL: '10' }

/** The cases of one agent. */
export function contractOf(subject: Subject): Case[] {
  return [
    ...lifeCycle(subject),
    ...roles(subject),
    ...wrongCalls(subject),
    ...wrongParameters(subject),
    ...withoutResource(subject),
  ]
}

function lifeCycle({ isPromotable, changed }: Subject): Case[] {
  const running = [answers('start', SUCCESS), answers('monitor', SUCCESS, { environment: RECURRING })]
  return [
    {
      title: 'start twice succeeds (OCF_SUCCESS)',
      steps: [...running, answers('start', SUCCESS), answers('monitor', SUCCESS, { environment: RECURRING })],
    },
    {
      title: 'stop twice succeeds (OCF_SUCCESS)',
      steps: [...running, answers('stop', SUCCESS), isStopped, answers('stop', SUCCESS), isStopped],
    },
    { title: 'stop of a resource that never ran succeeds (OCF_SUCCESS)', steps: [answers('stop', SUCCESS), isStopped] },
    { title: 'start, stop and start again succeed', steps: [...running, answers('stop', SUCCESS), ...running] },
    {
      title: 'monitor of a stopped resource gives a reason (OCF_NOT_RUNNING)',
      steps: [answers('monitor', NOT_RUNNING, { environment: RECURRING, reasons: 1 })],
    },
    {
      title: 'probe of a stopped resource gives no reason (OCF_NOT_RUNNING)',
      steps: [answers('monitor', NOT_RUNNING, { environment: PROBE }), answers('monitor', NOT_RUNNING)],
    },
    {
      title: 'probe of a running resource succeeds (OCF_SUCCESS)',
      steps: [...running, answers('monitor', SUCCESS, { environment: PROBE })],
    },
    {
      title: 'monitor of a resource that disappeared gives one reason (OCF_NOT_RUNNING), a probe none',
      steps: [
        ...running,
        { destroyed: 'without the agent' },
        answers('monitor', NOT_RUNNING, { environment: RECURRING, reasons: 1 }),
        answers('monitor', NOT_RUNNING, { environment: PROBE }),
        answers('start', SUCCESS),
        answers('monitor', SUCCESS, { environment: RECURRING }),
      ],
    },
    {
      title: 'stop of a resource that disappeared succeeds (OCF_SUCCESS)',
      steps: [...running, { destroyed: 'without the agent' }, answers('stop', SUCCESS), isStopped],
    },
    {
      title: 'extra arguments are ignored',
      steps: [
        answers(['start', 'stop'], SUCCESS),
        answers(['monitor', '--help', 'x'], SUCCESS),
        answers(['stop', 'start'], SUCCESS),
        isStopped,
      ],
    },
    ...(isPromotable ? [notified] : []),
    ...(changed ? [whenChanged(changed)] : []),
  ]
}

/** Pacemaker has lost the parameters with which it was started, as after a restart of its own. */
function whenChanged(parameters: Readonly<Record<string, string>>): Case {
  return {
    title: 'a running resource of which a parameter was changed is found (OCF_ERR_GENERIC), and stopped',
    steps: [
      answers('start', SUCCESS),
      answers('monitor', FAILED, { environment: PROBE, parameters, reasons: 1 }),
      answers('stop', SUCCESS, { parameters }),
      answers('monitor', NOT_RUNNING, { environment: PROBE, parameters }),
      isStopped,
    ],
  }
}

const isStopped = answers('monitor', NOT_RUNNING)

const notified: Case = {
  title: 'notify succeeds (OCF_SUCCESS)',
  steps: [
    answers('start', SUCCESS),
    answers('notify', SUCCESS, {
      environment: {
        OCF_RESKEY_CRM_meta_notify_type: 'post',
        OCF_RESKEY_CRM_meta_notify_operation: 'start',
        OCF_RESKEY_CRM_meta_notify_start_uname: 'alpha beta',
      },
    }),
    answers('notify', SUCCESS),
  ],
}

function roles({ isPromotable }: Subject): Case[] {
  if (!isPromotable)
    return [
      {
        title: 'promote, demote and notify are not implemented (OCF_ERR_UNIMPLEMENTED)',
        steps: ['promote', 'demote', 'notify'].map(action => answers(action, UNIMPLEMENTED, { reasons: 1 })),
      },
    ]
  const isPromoted = answers('monitor', RUNNING_PROMOTED, { environment: RECURRING })
  const isUnpromoted = answers('monitor', SUCCESS, { environment: RECURRING })
  const promoted = [answers('start', SUCCESS), answers('promote', SUCCESS), isPromoted]
  return [
    {
      title: 'promote twice succeeds (OCF_RUNNING_PROMOTED)',
      steps: [
        ...promoted,
        answers('promote', SUCCESS),
        isPromoted,
        answers('monitor', RUNNING_PROMOTED, { environment: PROBE }),
      ],
    },
    {
      title: 'demote twice succeeds (OCF_SUCCESS)',
      steps: [...promoted, answers('demote', SUCCESS), isUnpromoted, answers('demote', SUCCESS), isUnpromoted],
    },
    {
      title: 'start of a promoted resource demotes it (OCF_SUCCESS)',
      steps: [...promoted, answers('start', SUCCESS), isUnpromoted],
    },
    {
      title: 'stop of a promoted resource succeeds (OCF_SUCCESS)',
      steps: [...promoted, answers('stop', SUCCESS), isStopped],
    },
    {
      title: 'promote of a stopped resource fails (OCF_ERR_GENERIC)',
      steps: [answers('promote', FAILED, { reasons: 1 }), isStopped],
    },
  ]
}

function wrongCalls(_: Subject): Case[] {
  return [
    {
      title: 'an unknown action is rejected (OCF_ERR_UNIMPLEMENTED)',
      steps: ['frobnicate', '', 'Start', 'constructor', 'meta_data'].map(action =>
        answers(action, UNIMPLEMENTED, { reasons: 1 }),
      ),
    },
    {
      title: 'a call without an action is rejected (OCF_ERR_UNIMPLEMENTED)',
      steps: [
        answers([], UNIMPLEMENTED, { reasons: 1 }),
        answers([], UNIMPLEMENTED, { reasons: 1, parameters: 'none' }),
      ],
    },
  ]
}

const CHECKED = ['start', 'monitor', 'validate-all'] as const

function wrongParameters({ required, malformed, unfit, isPromotable }: Subject): Case[] {
  const checked = [...CHECKED, ...(isPromotable ? ['promote', 'demote', 'notify'] : [])]
  const refused = (parameters: Record<string, string | null>) =>
    checked.map(action => answers(action, NOT_CONFIGURED, { reasons: 1, parameters }))
  const missing = required.flatMap(name => [
    {
      title: `a missing ${name} is rejected (OCF_ERR_CONFIGURED), but stop succeeds`,
      steps: [...refused({ [name]: null }), answers('stop', SUCCESS, { parameters: { [name]: null } })],
    },
    {
      title: `an empty ${name} counts as missing (OCF_ERR_CONFIGURED), but stop succeeds`,
      steps: [...refused({ [name]: '' }), answers('stop', SUCCESS, { parameters: { [name]: '' } })],
    },
  ])
  const wrong = Object.entries(malformed).flatMap(([name, values]) =>
    values.map(value => ({
      title: `${name}=${JSON.stringify(value).slice(0, 60)} is rejected (OCF_ERR_CONFIGURED), but stop succeeds`,
      steps: [...refused({ [name]: value }), answers('stop', SUCCESS, { parameters: { [name]: value } })],
    })),
  )
  const apart = unfit && {
    title: 'parameters that contradict each other are rejected by start and validate-all (OCF_ERR_CONFIGURED)',
    steps: [
      answers('start', NOT_CONFIGURED, { parameters: unfit, reasons: 1 }),
      answers('validate-all', NOT_CONFIGURED, { parameters: unfit, reasons: 1 }),
      answers('monitor', NOT_RUNNING, { parameters: unfit }),
      answers('stop', SUCCESS, { parameters: unfit }),
    ],
  }
  return [...missing, ...wrong, ...(apart ? [apart] : [])].map(one => ({ ...one, isRefused: true }))
}

function withoutResource({ absent }: Subject): Case[] {
  return [
    {
      title: 'meta-data and usage need no parameters and no tools (OCF_SUCCESS)',
      steps: [
        answers('meta-data', SUCCESS, { parameters: 'none', output: 'meta-data' }),
        answers('usage', SUCCESS, { parameters: 'none', output: 'usage' }),
        answers('meta-data', SUCCESS, { output: 'meta-data', isWithoutTools: true }),
      ],
    },
    {
      title: 'validate-all at level 0 checks only the parameters (OCF_SUCCESS)',
      steps: [
        answers('validate-all', SUCCESS, { isWithoutTools: true }),
        answers('validate-all', SUCCESS, { environment: { OCF_CHECK_LEVEL: '0' }, isWithoutTools: true }),
      ],
    },
    {
      title: 'validate-all at level 10 succeeds where the resource could run (OCF_SUCCESS)',
      steps: [answers('validate-all', SUCCESS, { environment: LEVEL_10 }), isStopped],
    },
    {
      title: 'validate-all at level 10 reports what is missing on this node (OCF_ERR_ARGS or OCF_ERR_INSTALLED)',
      steps: [
        answers('validate-all', [NOT_HERE, NOT_INSTALLED], { environment: LEVEL_10, parameters: absent, reasons: 1 }),
      ],
    },
    {
      title: 'a start without what it needs fails on this node only, and a probe finds nothing (OCF_NOT_RUNNING)',
      steps: [
        answers('monitor', NOT_RUNNING, { environment: PROBE, parameters: absent }),
        answers('start', [FAILED, NOT_HERE, NOT_INSTALLED], { parameters: absent, reasons: 1 }),
        answers('monitor', NOT_RUNNING, { environment: PROBE, parameters: absent }),
        answers('stop', SUCCESS, { parameters: absent }),
      ],
    },
    {
      title: 'a probe without tools finds nothing (OCF_NOT_RUNNING)',
      steps: [answers('monitor', NOT_RUNNING, { environment: PROBE, isWithoutTools: true })],
    },
    {
      title: 'stop without tools of a resource that never ran succeeds (OCF_SUCCESS)',
      steps: [answers('stop', SUCCESS, { isWithoutTools: true })],
    },
  ]
}

interface AnswerOptions extends Partial<Omit<Call, 'arguments'>> {
  readonly reasons?: 0 | 1
  readonly output?: Expectation['output']
}

/** A call with its expected result: no reason and no output by default. */
function answers(
  called: string | readonly string[],
  codes: number | readonly number[],
  { parameters = {}, reasons = 0, output = 'nothing', ...call }: AnswerOptions = {},
): Step {
  return {
    call: { arguments: typeof called === 'string' ? [called] : called, parameters, ...call },
    expect: { codes: typeof codes === 'number' ? [codes] : codes, reasons, output },
  }
}
