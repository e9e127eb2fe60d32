import type { Settings } from '../../system/iscsi/node-records.ts'
import type { Chap } from '../chap.ts'
import type { IscsiContext } from './parameters.ts'

/**
 * Settings that this resource depends on; they override those of iscsid.conf, which an operator may have changed for all targets.
 */
export function recordSettings({ parameters }: IscsiContext, chap: Chap | undefined): Settings {
  const { recovery_limit, login_timeout, noop_out_interval, noop_out_timeout, queue_depth } = parameters
  return {
    'node.startup': 'manual',
    'node.conn[0].startup': 'manual',
    'node.leading_login': 'No',
    'node.session.nr_sessions': '1',
    'node.session.scan': 'auto',
    'node.session.reopen_max': '0',
    // a single attempt: otherwise iscsid would retry a login for minutes although nobody waits for it
    'node.session.initial_login_retry_max': '0',
    'node.session.timeo.replacement_timeout': String(recovery_limit),
    'node.conn[0].timeo.login_timeout': String(login_timeout),
    'node.conn[0].timeo.noop_out_interval': String(noop_out_interval),
    'node.conn[0].timeo.noop_out_timeout': String(noop_out_timeout),
    ...(queue_depth === undefined ? {} : queueSettings(queue_depth)),
    ...(chap === undefined ? {} : chapSettings(chap)),
  }
}

/** cmds_max must be a power of two; all commands of the session share it. */
function queueSettings(depth: number): Settings {
  const commands = 2 ** Math.max(7, Math.ceil(Math.log2(depth)))
  return { 'node.session.queue_depth': String(depth), 'node.session.cmds_max': String(commands) }
}

function chapSettings({ initiator, target }: Chap): Settings {
  return {
    'node.session.auth.authmethod': 'CHAP',
    'node.session.auth.username': initiator.user,
    'node.session.auth.password': initiator.secret,
    'node.session.auth.username_in': target?.user,
    'node.session.auth.password_in': target?.secret,
    'node.session.auth.password_length': undefined,
    'node.session.auth.password_in_length': undefined,
  }
}
