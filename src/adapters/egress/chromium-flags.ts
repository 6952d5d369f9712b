/**
 * What makes Chromium send everything through the proxy at `port` of 127.0.0.1, and resolve no names. Tests with the real
 * browser leave some of them out, and see that what they close is open then.
 */
export function fenceFlags(port: number): readonly string[] {
  return [
    `--proxy-server=http://127.0.0.1:${port}`,
    // Without it, loopback and link-local addresses are reached directly.
    '--proxy-bypass-list=<-loopback>',
    '--disable-quic',
    // chromium reads the first, chromium-headless-shell the second.
    '--webrtc-ip-handling-policy=disable_non_proxied_udp',
    '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
    '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
    '--dns-prefetch-disable',
    '--no-pings',
    // It would ask Google for accounts, some seconds after its start. This address is refused without a look-up.
    '--gaia-url=http://127.0.0.1:9/',
    // It would tell Google which forms are on a page.
    '--disable-features=AutofillServerCommunication',
  ];
}
