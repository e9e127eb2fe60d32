import type { Verb } from '../../command/verb.ts'

/** vhacs vserver --create, in the table of verbs. */
export const createVerb: Verb = {
  flag: { letter: 'c', long: 'create' },
  value: { name: 'VSERVERS', isNew: true },
  options: [
    {
      long: 'storage',
      value: 'STORAGE',
      isRequired: true,
      summary: 'the storage that they are on, which must be mounted',
    },
    { long: 'image', value: 'IMAGE', summary: 'the root file system of each' },
    {
      long: 'suite',
      value: 'SUITE',
      summary:
        'instead of an image: make a new system of this suite of Debian by mmdebstrap, which must be installed here',
    },
    { long: 'mirror', value: 'URL', summary: 'where mmdebstrap gets its packages' },
    { long: 'network', value: 'NETWORK', summary: 'how they are connected (default: none)' },
    {
      long: 'address',
      value: 'ADDRESS',
      summary: 'a service address, which the node has that runs the vserver',
    },
    { long: 'command', value: 'PROGRAM', summary: 'run this program of the image instead of an init' },
    { long: 'memory', value: 'MEMORY', summary: 'limit the memory of each' },
    { long: 'cpu-weight', value: 'WEIGHT', summary: 'its share of busy CPUs' },
    {
      long: 'private-users',
      value: 'IDS',
      summary: 'its user ids on the nodes (default: ids that no other vserver has)',
    },
    { long: 'settings', value: 'FILE', summary: 'a file as of systemd.nspawn(5) on the nodes, with further settings' },
    {
      long: 'keep-nosuid',
      summary: 'leave the storage mounted with nosuid, with which su and sudo do nothing in vservers',
    },
    { long: 'interrupt', summary: 'mount the storage without nosuid although something uses it' },
    { long: 'shutdown-timeout', value: 'SECONDS', summary: 'how long a stop waits for its shutdown (default: 60)' },
  ],
  effect: 'changes',
  summary: 'create vservers on a storage, and start them',
  details:
    'The image is unpacked in the directory NAME of the storage: without a path that leads out of it, and without devices, with owners, ACLs and capabilities. ' +
    'Host name, machine-id and name servers are its own. Without --image and --suite, that directory is taken as it is. Everything is checked before anything is ' +
    'changed; of a broken image or a full file system nothing is left. If a step fails, all is undone; if vhacs is killed, the same command begins anew or ends what was begun, and ' +
    '--destroy undoes it. With its first vserver, a storage is mounted anew without nosuid: if something uses it, only with --interrupt. No other vhacs changes the cluster meanwhile.',
  example: 'vhacs vserver --create web0-3 --storage mail1 --image /images/web.tar.zst --network bridge:br0',
  run: async call => (await import('./create-vservers.ts')).createVservers(call),
}
