import { describe, expect, test } from 'vitest'
import { forgetFailedConnections } from '../../../../system/nodes/connection.ts'
import { copyBetween } from '../../../../system/nodes/copy.ts'
import { commandText, runOn } from '../../../../system/nodes/ssh.ts'
import { ToolFailed } from '../../../../system/system.ts'
import { fakeSystem, type ToolResult } from '../../../fake/system.ts'
import { errno } from '../../../fake/tree.ts'

/** A node named here, with an ssh that answers so. */
function here(answer: (text: string) => ToolResult | Promise<ToolResult> = () => 0) {
  const system = fakeSystem({ '/proc/sys/kernel/hostname': 'here\n' })
  system.tools.set('ssh', args => answer(args.at(-1) ?? ''))
  system.tools.set('env', ([tool]) => ({ status: 0, stdout: `${tool} here` }))
  return system
}
const texts = ({ commands }: ReturnType<typeof here>) => commands.map(words => words.slice(-3).join(' '))

test('on this node no ssh is needed', async () => {
  const system = here()
  expect((await runOn(system, 'here', ['lvs', 'vhacs'])).stdout).toBe('lvs here')
  expect(system.commands).toEqual([['env', 'lvs', 'vhacs']])
})

test('as a login, a command on this node has the home of root, as over ssh', async () => {
  const system = here()
  await runOn(system, 'here', ['sh', '-c', 'pwd'], { asLogin: true })
  const [[, ...words] = []] = system.commands
  expect(words).toEqual(expect.arrayContaining(['--chdir=/root', 'HOME=/root', 'USER=root', 'LOGNAME=root']))
  expect(words.slice(-3)).toEqual(['sh', '-c', 'pwd'])
  expect(commandText(system, { name: 'env', package: 'coreutils' }, words)).toBe('here: sh -c pwd')
})

test('each word reaches the other node unchanged by its shell', async () => {
  const system = here()
  await runOn(system, 'there', ['echo', "it's", '$HOME; reboot', ''])
  expect(texts(system).at(-1)).toBe(`root@there -- 'echo' 'it'\\''s' '$HOME; reboot' ''`)
})

test.each([
  '$(id)',
  'a;id',
  'a b',
  '-oProxyCommand=id',
  'a\nb',
  "a'b",
  '',
  'a`id`',
  'x'.repeat(300),
])('a node of the name %j is not connected to', async name => {
  const system = here()
  await expect(runOn(system, name, ['true'])).rejects.toThrow(/^ssh root@.* exited with 255: not a valid host name$/s)
  expect(system.commands).toEqual([])
})

test.each(['node1', 'node_1.example.org', '192.0.2.1', '::1', 'fe80::1%eth0'])('one of the name %s is', async name => {
  const system = here()
  await runOn(system, name, ['true'])
  expect(system.commands.at(-1)).toContain(`root@${name}`)
})

test('ssh never prompts for a password', async () => {
  const system = here()
  await runOn(system, 'there', ['true'])
  for (const words of system.commands) expect(words.join(' ')).toContain('-o BatchMode=yes -o ConnectTimeout=10')
})

test('commands that start at once share one connection, which the first opens', async () => {
  const system = here()
  await Promise.all(['a', 'b', 'c'].map(word => runOn(system, 'there', [word])))
  await runOn(system, 'there', ['d'])
  expect(texts(system)).toEqual(["'true'", "'a'", "'b'", "'c'", "'d'"].map(word => `root@there -- ${word}`))
  for (const words of system.commands) expect(words).toContain('ControlPath=/run/vhacs/ssh-%C')
})

describe('a node that is down', () => {
  const down = () => here(() => ({ status: 255, stderr: 'No route to host\n' }))
  const look = (system: ReturnType<typeof here>) => runOn(system, 'there', ['lvs'], { looks: true })

  test('costs reading commands one attempt, whether they start at once or later', async () => {
    const system = down()
    const looks = await Promise.allSettled([look(system), look(system)])
    expect(looks.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect(look(system)).rejects.toThrow('ssh root@there exited with 255: No route to host')
    expect(texts(system)).toEqual(["root@there -- 'true'"])
  })

  test('is tried again by a command that makes a change', async () => {
    const system = down()
    await expect(look(system)).rejects.toThrow('No route to host')
    await expect(runOn(system, 'there', ['lvremove'])).rejects.toThrow('No route to host')
    system.tools.set('ssh', () => 0)
    await runOn(system, 'there', ['lvremove'])
    await look(system)
    expect(texts(system)).toEqual(
      ["'true'", "'true'", "'true'", "'lvremove'", "'lvs'"].map(word => `root@there -- ${word}`),
    )
  })

  test('is tried again after a while', async () => {
    const system = down()
    await expect(look(system)).rejects.toThrow('No route to host')
    system.tools.set('ssh', () => 0)
    forgetFailedConnections(system)
    await look(system)
  })

  test('is not concluded from an aborted attempt', async () => {
    const system = here(() => new Promise(() => undefined))
    const controller = new AbortController()
    const looking = runOn(system, 'there', ['lvs'], { looks: true, signal: controller.signal })
    await Promise.resolve()
    controller.abort(new Error('interrupted'))
    await expect(looking).rejects.toThrow('interrupted')
    system.tools.set('ssh', () => 0)
    await look(system)
  })
})

test.each([
  ['Host key verification failed.', 'verify its host key and add it to known_hosts'],
  ['root@there: Permission denied (publickey,password).', "add root's public key to authorized_keys there"],
])('the advice about "%s" is reported', async (stderr, advice) => {
  const system = here(() => ({ status: 255, stderr: `${stderr}\r\n` }))
  await expect(runOn(system, 'there', ['a'])).rejects.toThrow(`ssh root@there exited with 255: ${stderr} (`)
  await expect(runOn(system, 'there', ['a'])).rejects.toThrow(advice)
})

test.each([
  'EACCES',
  'EROFS',
  'ENOSPC',
  'ENOENT',
  'EEXIST',
  'ELOOP',
])('where the sockets have no place (%s), each command has a connection of its own', async code => {
  const system = here()
  const { makeDirectory: _, ...others } = system
  const refusing = {
    ...others,
    makeDirectory: async () => {
      throw errno(code, 'mkdir', '/run/vhacs')
    },
  }
  await runOn(refusing, 'there', ['a'])
  expect(system.commands.flat().join(' ')).not.toContain('Control')
})

test('where the file system of the sockets is full, each command has a connection of its own', async () => {
  const system = here()
  const run = system.tools.get('ssh')
  system.tools.set('ssh', (args, options) =>
    args.includes('ControlMaster=auto')
      ? { status: 255, stderr: 'unix_listener: cannot bind to path /run/vhacs/ssh-c36e.eUvf: No space left on device' }
      : (run?.(args, options) ?? 1),
  )
  await runOn(system, 'there', ['a'])
  await runOn(system, 'there', ['b'])
  const shared = system.commands.map(words => words.includes('ControlMaster=auto'))
  expect(shared).toEqual([true, false, false, false])
})

test.each([
  [[0], 3, true],
  [[0, 3], 3, false],
])('with %j accepted, %i is a failure: %s', async (accepted, status, isFailure) => {
  const system = here(text => (text === "'true'" ? 0 : { status, stderr: 'no such volume' }))
  const outcome = await runOn(system, 'there', ['lvs', 'x y'], { accepted }).catch((error: unknown) => error)
  expect(outcome instanceof ToolFailed).toBe(isFailure)
  if (isFailure) expect(outcome).toMatchObject({ message: 'there: lvs x y exited with 3: no such volume' })
})

test('a command is shown as an operator would type it', () => {
  const system = here()
  const ssh = { name: 'ssh', package: 'openssh-client' }
  expect(commandText(system, ssh, ['-o', 'X', 'root@there', '--', "'lvs' 'a b'"])).toBe("there: lvs 'a b'")
  expect(commandText(system, { name: 'env', package: 'coreutils' }, ['lvs', 'a b'])).toBe("here: lvs 'a b'")
  expect(commandText(system, { name: 'cibadmin', package: 'x' }, ['--query'])).toBe('here: cibadmin --query')
})

test.each([
  ['here', 'there', '/etc/key root@there:/etc/key'],
  ['there', 'here', 'root@there:/etc/key /etc/key'],
  ['there', 'beyond', 'root@there:/etc/key root@beyond:/etc/key'],
])('a file is copied from %s to %s through this node, with its permissions', async (from, to, places) => {
  const system = here()
  system.tools.set('scp', () => 0)
  await copyBetween(system, '/etc/key', from, to)
  const [words = []] = system.commands
  expect(words.slice(-2).join(' ')).toBe(places)
  expect(words.join(' ')).toMatch(/^scp -3 -p .*BatchMode=yes/)
})

test('a copy that fails is an error', async () => {
  const system = here()
  system.tools.set('scp', () => ({ status: 255, stderr: 'No route to host\n' }))
  await expect(copyBetween(system, '/etc/key', 'here', 'there')).rejects.toThrow('No route to host')
})

test('a failed command with a secret does not show its output', async () => {
  const system = fakeSystem({ '/proc/sys/kernel/hostname': 'here\n' })
  system.tools.set('env', () => ({ status: undefined, stdout: 'top secret\n' }))
  const shown = (options: { isSecret?: true }) => runOn(system, 'here', ['cat', '--', '/etc/key'], options)
  await expect(shown({})).rejects.toThrow('top secret')
  await expect(shown({ isSecret: true })).rejects.toThrow(/^here: cat -- \/etc\/key was killed by a signal$/)
})
