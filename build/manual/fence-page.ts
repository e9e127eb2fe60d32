import { roff } from '../../cli/command/man-page.ts'
import { DEVICES, LONG, SHORT } from '../../fencing/metadata.ts'
import { FENCE_AGENT } from '../../system/pacemaker/fencing/sbd.ts'

/** The manual page of the fencing agent, in the section of those of fence-agents. */
export function fencePage(): string {
  return [
    '.\\" Generated from the meta-data of the agent by "make manual".',
    `.TH ${roff(FENCE_AGENT.toUpperCase())} 8 "" VHACS "VHACS agents"`,
    '.SH NAME',
    `${roff(FENCE_AGENT)} \\- ${roff(SHORT)}`,
    '.SH SYNOPSIS',
    `.B ${roff(`primitive ID stonith:${FENCE_AGENT} params devices=DISK[,DISK...] pcmk_host_check=none meta priority=1`)}`,
    '.SH DESCRIPTION',
    ...LONG.split('\n').map(roff),
    '.PP',
    roff('"vhacs cluster --init" configures it. Pacemaker calls it with its parameters on standard input.'),
    '.SH PARAMETERS',
    '.TP',
    '.BR devices " (required)"',
    roff(`${DEVICES}.`),
    '.TP',
    '.BR pcmk_host_check',
    roff(
      "A parameter of every fencing device: with none, Pacemaker does not ask for the device's targets before each fencing. Each node has a slot on sbd's disk.",
    ),
    '.SH EXIT STATUS',
    'Zero if sbd vouches for it that the node has been fenced. Otherwise 1, and the reason on standard error.',
    '.SH SEE ALSO',
    '.BR vhacs (8),',
    '.BR sbd (8),',
    '.BR pacemaker\\-fenced (7)',
    '',
  ].join('\n')
}
