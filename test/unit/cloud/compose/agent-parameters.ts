/** What an operator must give each agent, by its name. */
export const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  'lvm-volume': ['volume=c0'],
  'drbd-cloud': ['drbd_resource=c0'],
  'lio-iblock': ['iqn=iqn.2026-01.org.example:c0', 'device=/dev/drbd0'],
  'iscsi-mount': ['iqn=iqn.2026-01.org.example:c0', 'portals=192.0.2.10:3260'],
  'ext3-filesystem': ['device=/dev/sda', 'directory=/mnt/c0'],
  'nspawn-container': ['machine=web0', 'directory=/mnt/c0/web0'],
}
