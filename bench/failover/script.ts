import { LOGS } from '../../cli/cluster/history/log-script.ts'

/* Prints the script that prints what a node's logs say of failovers; its two arguments are not used. */
process.stdout.write(LOGS)
