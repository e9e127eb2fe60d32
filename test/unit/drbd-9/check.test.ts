import { expect, test } from 'vitest'
import { run } from '../cli/call.ts'
import { clusterIn } from './cluster.ts'

/* What `vhacs cluster --check` finds where the module and what belongs to it do not fit. */

const STATE = 'uptodate-primary.node1'
const findings = async (changed: (text: string, name: string) => string) =>
  (await run(clusterIn(STATE, changed).system, 'cluster -c')).stdout

const onNode2 = (change: (text: string) => string) => (text: string, name: string) =>
  name === 'node2' ? change(text) : text

test('nodes with DRBD 9 are in order', async () => {
  expect(await findings(text => text)).toEqual(['no errors or warnings'])
})

test('a missing drbd_transport_tcp is an error', async () => {
  expect(await findings(onNode2(text => text.replace('== transport\ndrbd_transport_tcp', '== transport')))).toEqual([
    'error: node2: the kernel has no module drbd_transport_tcp, which DRBD 9.3.3 needs to connect',
    expect.stringContaining('drbd-dkms'),
  ])
})

test('nodes with DRBD 8.4 and 9 are named', async () => {
  const withEight = (text: string) =>
    text
      .replace('== drbd\n9.3.3', '== drbd\n8.4.11')
      .replace(/(?<=== replication\n)[^=]*/, 'version: 8.4.11 (api:1/proto:86-101)\n')
  const lines = await findings((text, name) => (name === 'node3' ? withEight(text) : text))
  expect(lines).toContain('error: cluster: the nodes have different versions of DRBD: 9.3.3, 8.4.11')
  expect(lines).toContain(
    'error: cluster: DRBD 8.4 and 9 are mixed (node1 9.3.3, node2 9.3.3, node3 8.4.11): no storage can be created on nodes of both',
  )
})

test('another module on disk than the one that is loaded is a warning', async () => {
  expect(await findings(onNode2(text => text.replace('== drbd\n9.3.3', '== drbd\n8.4.11')))).toEqual([
    'warning: node2: the loaded module drbd is version 9.3.3, but the one on disk is 8.4.11, which the next boot loads',
    expect.stringContaining('vhacs node --standby'),
  ])
})

const forEight = (text: string) =>
  text
    .replace(/\n.*fencing resource-and-stonith;/, '')
    .replace('on-io-error detach;', 'on-io-error detach;\n \t\tfencing resource-and-stonith;')

const BUT = 'error: node2: the module drbd is version 9.3.3, but fencing in "disk" is for DRBD 8.4: /etc/drbd.d/c0.res'

test('a file for DRBD 8.4 does not fit: one that vhacs has written is rewritten', async () => {
  expect(await findings(onNode2(forEight))).toEqual([
    BUT,
    expect.stringMatching(/^ *vhacs storage --setdrbd c0, then convert/),
  ])
})

test('another one is changed by hand', async () => {
  const byHand = (text: string) => forEight(text).replace('# Made by vhacs', '# Made')
  expect(await findings(onNode2(byHand))).toEqual([BUT, expect.stringContaining('move fencing to the net section')])
})

/** A side that still runs DRBD 8.4, with its file. */
const stillEight = (text: string) =>
  forEight(text)
    .replace(/ \toptions \{\n[^}]*\}\n/, '')
    .replace('== drbd\n9.3.3', '== drbd\n8.4.11')
    .replace(/(?<=== replication\n)[^=]*== drbd-status\n[^=]*/, PROC_DRBD_8)
const PROC_DRBD_8 = `version: 8.4.11 (api:1/proto:86-101)
 0: cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----
    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0
`

test('while one side has DRBD 9 and the other one not yet, nothing else is wrong', async () => {
  const lines = await findings((text, name) => (name === 'node1' ? text : stillEight(text)))
  expect(lines.filter(line => line.startsWith('error: ') || line.startsWith('warning: '))).toEqual([
    'error: cluster: the nodes have different versions of DRBD: 9.3.3, 8.4.11',
    expect.stringMatching(/^error: cluster: DRBD 8\.4 and 9 are mixed/),
  ])
  expect(lines.join('\n')).toContain('one node after the other (docs/drbd-9.md)')
})

const withoutOption = onNode2(text => text.replace(' \t\tauto-promote no;\n', ''))

test('a resource that DRBD promotes by itself is a warning', async () => {
  expect(await findings(withoutOption)).toEqual([
    'warning: node2: DRBD promotes c0 by itself when the device is opened for writing: auto-promote is not "no"',
    expect.stringContaining('drbdadm adjust c0'),
  ])
})

test('unless the kernel has the option, from the common section', async () => {
  const applied = (text: string) =>
    text.replace('== applied\nresource c0 {', '$&\n    options {\n        auto-promote no;\n    }')
  expect(await findings((text, name) => applied(withoutOption(text, name)))).toEqual(['no errors or warnings'])
})

test('a secret that DRBD 9 does not use is found in the section of the connection', async () => {
  const other = (text: string) => text.replace(/(?<=== applied\n)[^=]*/, CONNECTED)
  expect(await findings(onNode2(other))).toEqual([
    expect.stringMatching(/^error: cluster: DRBD of c0 does not use the shared-secret .* on node2/),
    expect.stringContaining('--setsecret c0'),
  ])
  expect(await findings(onNode2(text => other(text).replace('"another"', '"examined"')))).toEqual([
    'no errors or warnings',
  ])
})

/** The form of `drbdsetup show` of DRBD 9 (drbd-utils 9.22), with a secret. */
const CONNECTED = `resource "c0" {
    options {
        auto-promote    no;
    }
    _this_host {
        node-id                 1;
        volume 0 {
            device                      minor 0;
            disk                        "/dev/vhacs/c0";
            meta-disk                   internal;
        }
    }
    connection {
        _peer_node_id 0;
        path {
            _this_host ipv4 10.77.3.2:7800;
            _remote_host ipv4 10.77.3.1:7800;
        }
        net {
            cram-hmac-alg       "sha256";
            shared-secret       "another";
            _name               "node1";
        }
    }
}
`
