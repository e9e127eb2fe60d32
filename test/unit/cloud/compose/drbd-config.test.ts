import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type DrbdMajor, drbdConfig } from '../../../../cloud/compose/drbd/config.ts'
import { withVerifyAlg } from '../../../../cloud/compose/drbd/verify-alg.ts'
import { c0, threeSides } from '../examples.ts'

const textFor = (major: DrbdMajor) =>
  drbdConfig(c0, {
    ends: [
      { node: 'node1', address: '10.77.3.1' },
      { node: 'node2', address: '2001:db8::2' },
    ],
    major,
    secret: 'a_b-C9',
  })

const threeSidesText = () =>
  drbdConfig(threeSides, {
    ends: [
      { node: 'node1', address: '10.77.3.1' },
      { node: 'node2', address: '2001:db8::2' },
      { node: 'node3', address: '10.77.3.3' },
    ],
    major: 9,
    secret: 'a_b-C9',
  })

test('the file for DRBD 8.4', () => {
  expect(textFor(8)).toBe(`# Made by vhacs for the cloud c0. The cluster decides where it is up and where it is primary.
resource c0 {
	device /dev/drbd0;
	disk /dev/vhacs/c0;
	meta-disk internal;
	net {
		protocol C;
		ping-int 7;
		cram-hmac-alg sha256;
		shared-secret "a_b-C9";
		verify-alg crc32c;
	}
	disk {
		on-io-error detach;
		c-min-rate 10M;
		fencing resource-and-stonith;
	}
	handlers {
		fence-peer "/usr/lib/vhacs/fence-peer";
		unfence-peer "/usr/lib/vhacs/unfence-peer";
		split-brain "mkdir -p /run/vhacs && touch /run/vhacs/split-brain-$DRBD_RESOURCE";
	}
	on node1 {
		address 10.77.3.1:7800;
	}
	on node2 {
		address ipv6 [2001:db8::2]:7800;
	}
}
`)
})

test('the file for DRBD 9', () => {
  expect(textFor(9)).toBe(`# Made by vhacs for the cloud c0. The cluster decides where it is up and where it is primary.
resource c0 {
	device /dev/drbd0;
	disk /dev/vhacs/c0;
	meta-disk internal;
	options {
		auto-promote no;
		quorum off;
	}
	net {
		protocol C;
		ping-int 7;
		fencing resource-and-stonith;
		cram-hmac-alg sha256;
		shared-secret "a_b-C9";
		verify-alg crc32c;
	}
	disk {
		on-io-error detach;
		c-min-rate 10M;
	}
	handlers {
		fence-peer "/usr/lib/vhacs/fence-peer";
		unfence-peer "/usr/lib/vhacs/unfence-peer";
		split-brain "mkdir -p /run/vhacs && touch /run/vhacs/split-brain-$DRBD_RESOURCE";
	}
	on node1 {
		node-id 0;
		address 10.77.3.1:7800;
	}
	on node2 {
		node-id 1;
		address ipv6 [2001:db8::2]:7800;
	}
}
`)
})

test('the file for three sides', () => {
  expect(
    threeSidesText(),
  ).toBe(`# Made by vhacs for the cloud c0. The cluster decides where it is up and where it is primary.
resource c0 {
	device /dev/drbd0;
	disk /dev/vhacs/c0;
	meta-disk internal;
	options {
		auto-promote no;
		quorum majority;
		on-no-quorum suspend-io;
	}
	net {
		protocol C;
		ping-int 7;
		fencing resource-and-stonith;
		cram-hmac-alg sha256;
		shared-secret "a_b-C9";
		verify-alg crc32c;
	}
	disk {
		on-io-error detach;
		c-min-rate 10M;
	}
	handlers {
		fence-peer "/usr/lib/vhacs/fence-peer";
		unfence-peer "/usr/lib/vhacs/unfence-peer";
		split-brain "mkdir -p /run/vhacs && touch /run/vhacs/split-brain-$DRBD_RESOURCE";
	}
	on node1 {
		node-id 0;
		address 10.77.3.1:7800;
	}
	on node2 {
		node-id 1;
		address ipv6 [2001:db8::2]:7800;
	}
	on node3 {
		node-id 2;
		address 10.77.3.3:7800;
	}
	connection-mesh {
		hosts node1 node2 node3;
	}
}
`)
})

test('DRBD 8.4 has no third side', () => {
  const ends = ['node1', 'node2', 'node3'].map(node => ({ node, address: '10.77.3.1' }))
  expect(() => drbdConfig(threeSides, { ends, major: 8, secret: 'a' })).toThrow(
    'c0: DRBD 8.4 replicates between two nodes, not 3',
  )
})

/** Of drbd-utils; the second one is used where no module of another version is loaded. */
const PARSERS = { 8: '/lib/drbd/drbdadm-84', 9: '/usr/sbin/drbdadm' } as const
const hasParsers = Object.values(PARSERS).every(path => existsSync(path)) && !existsSync('/proc/drbd')

/** The exit status for a file: 0, or 10 for one that it cannot parse. */
const parse = (parser: DrbdMajor, text: string) => {
  const directory = mkdtempSync(join(tmpdir(), 'drbd-config-'))
  try {
    const path = join(directory, 'c0.res')
    writeFileSync(path, text)
    return spawnSync(PARSERS[parser], ['--config-file', path, 'sh-nop'], { encoding: 'utf8' }).status
  } finally {
    rmSync(directory, { recursive: true })
  }
}

describe.skipIf(!hasParsers)('drbdadm of drbd-utils', () => {
  test.each([8, 9] as const)('for %i takes the file for it, and refuses that for the other version', parser => {
    expect(parse(parser, textFor(parser))).toBe(0)
    expect(parse(parser, textFor(parser === 8 ? 9 : 8))).toBe(10)
  })
})

describe.skipIf(!hasParsers)('three sides', () => {
  test('are for drbdadm of DRBD 9 only, which connects each with each other one', () => {
    expect(parse(9, threeSidesText())).toBe(0)
    expect(parse(8, threeSidesText())).toBe(10)
  })
})

describe.each([8, 9] as const)('for DRBD %i', major => {
  const text = textFor(major)

  test('the sides authenticate each other', () => {
    expect(text).toContain('cram-hmac-alg sha256;\n\t\tshared-secret "a_b-C9";')
  })

  test('a side that loses its peer suspends I/O until the peer is fenced, and never fails it', () => {
    expect(text).toContain('fencing resource-and-stonith;')
    expect(text).toContain('fence-peer "/usr/lib/vhacs/fence-peer";')
    // the target of a resync calls its handler before it notifies the source, which continues alone if it then loses the target
    expect(text).toContain('\tunfence-peer "/usr/lib/vhacs/unfence-peer";')
    expect(text).not.toContain('after-resync-target')
    expect(text).not.toMatch(/on-no-quorum|on-no-data-accessible|io-error;|pass_on/)
  })

  test('a peer that acknowledges nothing is pinged sooner than by default', () => {
    expect(text).toContain('\tnet {\n\t\tprotocol C;\n\t\tping-int 7;\n')
  })

  test('nothing in it discards data or promotes by itself', () => {
    expect(text).not.toMatch(/after-sb|discard|auto-promote yes|allow-two-primaries/)
  })

  test('both sides have an address, an IPv6 address with its family', () => {
    expect(text).toContain('\t\taddress 10.77.3.1:7800;\n\t}')
    expect(text).toContain('\t\taddress ipv6 [2001:db8::2]:7800;\n\t}')
  })

  test('the sides can be compared; a file of an older vhacs gets the same line, and one with another algorithm that one', () => {
    const older = text.replace(/\t\tverify-alg .*\n/, '')
    expect(older).not.toBe(text)
    expect(withVerifyAlg(older, 'crc32c')).toBe(text)
    expect(withVerifyAlg(text, 'crc32c')).toBe(text)
    expect(withVerifyAlg(text, 'sha256')).toBe(text.replace('crc32c', 'sha256'))
  })

  test.each([
    ['an operator wrote', (own: string) => own.replace('# Made', '# made')],
    ['has two net sections', (own: string) => `${own}\tnet {\n\t}\n`],
    ['has no net section', (own: string) => own.replace('\tnet {', '\tnets {')],
  ])('a file that %s is not changed', (_, change) => {
    expect(withVerifyAlg(change(text), 'crc32c')).toBeUndefined()
  })
})
