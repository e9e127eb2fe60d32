import type { Noun, Syntax } from '../command/verb.ts'

const TEXTFILE: Syntax = {
  name: 'PATH',
  forms: [['/var/lib/prometheus/node-exporter/vhacs.prom', 'in a directory to which root alone may write']],
}

/** vhacs metrics; the work is loaded on use. */
export const metrics: Noun = {
  name: 'metrics',
  summary: 'metrics of this node for Prometheus',
  about: 'They are described in docs/metrics.md, with rules for alerts and a dashboard.',
  syntaxes: [TEXTFILE],
  verbs: [
    {
      options: [
        { long: 'http', summary: 'serve one HTTP request on standard input and output, for vhacs-metrics.socket' },
        { long: 'textfile', value: 'PATH', summary: "replace a file for node_exporter's textfile collector" },
      ],
      effect: 'prints',
      summary: 'print the state of all layers of the storages on this node as metrics',
      details:
        'The kernel is read as agents do, and crm_mon is run once, with DRBD 9 also drbdsetup. What cannot be read is missing, and the ' +
        'metric vhacs_scrape_success of its part is 0. The command fails if the storages are unknown, because the CIB cannot be read.',
      example: 'vhacs metrics --textfile /var/lib/prometheus/node-exporter/vhacs.prom',
      run: async call => (await import('./metrics.ts')).showMetrics(call),
    },
  ],
}
