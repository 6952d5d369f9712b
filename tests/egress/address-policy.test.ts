import { describe, expect, test } from 'bun:test';
import { BlockList } from 'node:net';
import {
  canonicalAddress,
  kindOfAddress,
  machineNetworks,
  networkOf,
} from '../../src/adapters/egress/address-policy.ts';
import { seeded } from './seeded.ts';

const kind = (address: string) => kindOfAddress(address, []);

describe('the Internet is open', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '191.255.255.255',
    '192.0.1.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '168.63.129.15',
    '168.63.129.17',
    '2000::1',
    '2001:200::1',
    '2001:4860:4860::8888',
    '2003::1',
    '2606:4700:4700::1111',
    '2a00:1450:4001:80b::200e',
    '3ffe::1',
  ])('%s', (address) => {
    expect(kind(address)).toBe('public');
  });
});

describe('networks of its own, for hosts that the operator opens', () => {
  test.each([
    '10.0.0.0',
    '10.255.255.255',
    '100.64.0.0',
    '100.127.255.255',
    '127.0.0.0',
    '127.0.0.1',
    '127.255.255.255',
    '172.16.0.0',
    '172.31.255.255',
    '192.168.0.0',
    '192.168.255.255',
    '::1',
    'fc00::',
    'fd12:3456:789a::1',
    'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  ])('%s', (address) => {
    expect(kind(address)).toBe('inner');
  });
});

describe('nobody’s to open', () => {
  test.each([
    ['this network', ['0.0.0.0', '0.0.0.1', '0.255.255.255', '::']],
    [
      'link-local',
      ['169.254.0.0', '169.254.169.254', '169.254.170.2', '169.254.255.255', 'fe80::', 'fe80::1', 'febf::1'],
    ],
    ['metadata', ['168.63.129.16', '100.100.100.200', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254', 'fd00:42::42']],
    [
      'protocols',
      ['192.0.0.0', '192.0.0.8', '192.0.0.170', '192.88.99.1', '192.31.196.1', '192.52.193.1', '192.175.48.1'],
    ],
    ['documents', ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1', '3fff:fff::1']],
    ['benchmarks', ['198.18.0.0', '198.19.255.255', '2001:2::1']],
    ['multicast', ['224.0.0.0', '224.0.0.251', '239.255.255.250', 'ff00::', 'ff02::1', 'ff0e::1', 'ff05::c']],
    ['reserved', ['240.0.0.0', '250.1.2.3', '255.255.255.254', '255.255.255.255']],
    ['old site-local', ['fec0::1', 'feff::1']],
    ['discard', ['100::1', '100:0:0:1::1']],
    [
      'protocols of IPv6',
      ['2001::', '2001:1::1', '2001:3::1', '2001:4:112::1', '2001:10::1', '2001:20::1', '2001:1ff::1'],
    ],
    ['AS112', ['2620:4f:8000::1']],
    ['segment routing', ['5f00::1']],
    [
      'not given out',
      ['1::1', '200::1', '4000::1', '6000::1', '8000::1', 'a000::1', 'c000::1', 'e000::1', 'f000::1', 'fe00::1'],
    ],
  ])('%s', (_what, addresses) => {
    expect(addresses.filter((address) => kind(address) !== 'closed')).toEqual([]);
  });

  test.each([
    '',
    ' ',
    'localhost',
    'example.com',
    '127.1',
    '0x7f.1',
    '2130706433',
    '0177.0.0.1',
    '08.8.8.8',
    '8.8.8.08',
    '8.8.8.8.',
    '8.8.8.8 ',
    ' 8.8.8.8',
    '8.8.8.8\0',
    '8.8.8.8/32',
    '8.8.8.8:80',
    '256.8.8.8',
    '[2606:4700::1111]',
    'fe80::1%eth0',
    'fe80::1%1',
    '2606:4700::1111%eth0',
    '2606:4700::1111%25eth0',
    '::ffff:8.8.8.8%lo',
    ':::1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
  ])('what is no address: %p', (text) => {
    expect(kind(text)).toBe('closed');
    expect(canonicalAddress(text)).toBeNull();
  });
});

describe('IPv4 in IPv6', () => {
  const hex = (address: string) => {
    const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  };

  test.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '192.168.1.1', '0.0.0.0', '168.63.129.16'])(
    '%s is judged as what it is when mapped, in every notation',
    (address) => {
      const mapped = [
        `::ffff:${address}`,
        `::FFFF:${hex(address)}`,
        `0:0:0:0:0:ffff:${address}`,
        `::0:ffff:${hex(address)}`,
      ];
      for (const text of mapped) {
        expect(kind(text)).toBe(kind(address));
        expect(canonicalAddress(text)).toBe(address);
      }
    },
  );

  test('a mapped public address is connected to as IPv4', () => {
    expect(kind('::ffff:8.8.8.8')).toBe('public');
    expect(canonicalAddress('::ffff:808:808')).toBe('8.8.8.8');
  });

  test.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '8.8.8.8'])('%s is closed in every other form', (address) => {
    const forms = [
      `::${address}`, // compatible
      `::${hex(address)}`,
      `0:0:0:0:0:0:${address}`,
      `::ffff:0:${address}`, // translated
      `::ffff:0:${hex(address)}`,
      `64:ff9b::${address}`, // NAT64
      `64:ff9b::${hex(address)}`,
      `64:ff9b:1::${address}`,
      `64:ff9b:1:ffff:ffff:ffff:${hex(address)}`,
      `2002:${hex(address)}::1`, // 6to4
      `2001:0:${hex(address)}::1`, // Teredo
      `2001:0:4136:e378:8000:63bf:${hex(address)}`,
      `2001:470:1:2:0:5efe:${address}`, // ISATAP
      `2a00:1:2:3:200:5efe:${hex(address)}`,
      `fe80::5efe:${address}`,
    ];
    expect(forms.filter((form) => kind(form) === 'public' || (kind(form) === 'inner' && form !== '::7f00:1'))).toEqual(
      [],
    );
  });
});

describe('this machine', () => {
  const own = [
    networkOf('198.41.0.4', '198.41.0.4/24'),
    networkOf('2600:1:2:3::4', '2600:1:2:3::4/64'),
    networkOf('45.1.2.3', '45.1.2.3/8'),
    networkOf('2a10::1', '2a10::1/3'),
    networkOf('fe80::1%eth0', 'fe80::1/64'),
    networkOf('51.1.2.3', null),
    networkOf('52.1.2.3', '52.1.2.3/16'),
    networkOf('53.1.2.3', '53.1.2.3/15'),
    networkOf('2a11:1:2::3', '2a11:1:2::3/48'),
    networkOf('2a12:1:2::3', '2a12:1:2::3/47'),
    networkOf('2a13::3', null),
    networkOf('no address', 'no network'),
  ].flat();

  test.each([
    '198.41.0.4',
    '198.41.0.9',
    '::ffff:198.41.0.4',
    '2600:1:2:3::4',
    '2600:1:2:3:ffff::1',
    '45.1.2.3',
    '2a10::1',
    '51.1.2.3',
    '52.1.255.255',
    '53.1.2.3',
    '2a11:1:2:ffff::1',
    '2a12:1:2::3',
    '2a13::3',
  ])('%s is its own or a neighbour’s', (address) => expect(kindOfAddress(address, own)).toBe('inner'));

  test.each([
    ...['198.41.1.4', '2600:1:2:4::4', '45.1.2.4', '2a10::2', '51.1.2.4', '52.0.2.3', '53.1.2.4', '2a11:1:3::3'],
    ...['2a12:1:2::4', '2a13::4'],
  ])('%s is not', (address) => {
    expect(kindOfAddress(address, own)).toBe('public');
  });

  test('knows its networks', () => {
    const loopback = machineNetworks().filter(([address]) => address.toString() === '127.0.0.1');
    expect(loopback).toHaveLength(1);
  });
});

describe('random addresses', () => {
  // The registries again, in other words, checked by other code; in two lists, since `::/3` holds mapped IPv4.
  const listOf = (family: 'ipv4' | 'ipv6', ...ranges: string[]) => {
    const list = new BlockList();
    for (const range of ranges) list.addSubnet(range.split('/')[0] ?? '', Number(range.split('/')[1]), family);
    return (address: string) => list.check(address, family);
  };
  const isSpecial4 = listOf(
    'ipv4',
    ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
    ...['192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24'],
    ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3', '168.63.129.16/32'],
  );
  const isSpecial6 = listOf(
    'ipv6',
    ...['::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20', '2620:4f:8000::/48'],
  );

  test('of IPv4 are public exactly when no registry has them', () => {
    const random = seeded(4);
    for (let n = 0; n < 20_000; n++) {
      // Half of them near the edges of ranges.
      const address = [random(256), n % 2 ? random(256) : random(2) * 255, random(256), random(2) * 255].join('.');
      expect({ address, isPublic: kind(address) === 'public' }).toEqual({
        address,
        isPublic: !isSpecial4(address),
      });
      expect(kind(`::ffff:${address}`)).toBe(kind(address));
    }
  });

  test('of IPv6 are public exactly when no registry has them', () => {
    const random = seeded(6);
    const starts = [0x2001, 0x2002, 0x3fff, 0x2620, 0xfe80, 0xfc00, 0x64, 0];
    for (let n = 0; n < 20_000; n++) {
      const groups = Array.from({ length: 8 }, () => random(0x10000));
      if (n % 2) groups[0] = starts[random(starts.length)] ?? 0;
      if (n % 4 === 1) groups[1] = [0, 0xdb8, 0x1ff, 0x200, 0x4f, 0xff9b, 0xfff, 0x1000][random(8)] ?? 0;
      if (groups[5] === 0x5efe) continue;
      const address = groups.map((group) => group.toString(16)).join(':');
      // BlockList takes mapped addresses for IPv4.
      if (groups.slice(0, 5).every((group) => group === 0)) continue;
      expect({ address, isPublic: kind(address) === 'public' }).toEqual({
        address,
        isPublic: !isSpecial6(address),
      });
    }
  });
});
