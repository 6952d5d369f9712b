/** What is mutated, and the tests that should notice. */
export const SUBJECTS: { sources: string; tests: string[] }[] = [
  {
    sources:
      'src/modules/chats/keys/*.{distribution,round,view,plan,errands,rotation,holders,service,realtime,repository}.ts',
    tests: [
      'tests/unit/keys-*.test.ts',
      'tests/unit/e2ee-*.test.ts',
      'tests/realtime/keys.test.ts',
      'tests/realtime/key-rejected.test.ts',
      'tests/api/messages.test.ts',
      'tests/realtime/chat-moderation-keys.test.ts',
      'tests/api/closed-history.test.ts',
    ],
  },
  {
    sources: 'src/modules/chats/reports/*.policy.ts',
    tests: ['tests/api/reports*.test.ts', 'tests/api/report-decisions.test.ts'],
  },
  {
    sources: 'src/modules/chats/match/*.policy.ts',
    tests: ['tests/api/match*.test.ts', 'tests/realtime/match*.test.ts'],
  },
  {
    sources: 'src/modules/people/strangers/*.policy.ts',
    tests: ['tests/unit/aliases.test.ts'],
  },
  {
    sources: 'src/modules/chats/**/*.policy.ts',
    tests: [
      'tests/unit/*-policy.test.ts',
      'tests/api/chat-moderation-rights.test.ts',
      'tests/api/chat-doors.test.ts',
      'tests/api/chats.test.ts',
      'tests/api/chat-config.test.ts',
      'tests/api/chat-wipe.test.ts',
      'tests/api/activity.test.ts',
    ],
  },
  {
    sources: 'src/modules/chats/watching/{line,held,input-limits,pointers}.ts',
    tests: ['tests/unit/watching-*.test.ts'],
  },
  {
    sources: 'src/modules/chats/browser/lifetime.ts',
    tests: ['tests/unit/browser-lifetime.test.ts'],
  },
  {
    sources: 'src/modules/chats/browser/captures.ts',
    tests: ['tests/api/browser-pictures.test.ts'],
  },
  {
    sources: 'src/modules/chats/browser/*.service.ts',
    tests: ['tests/api/browser{,-rights,-use}.test.ts', 'tests/realtime/browser-*.test.ts'],
  },
  {
    sources: 'src/modules/chats/browser/run.ts',
    tests: ['tests/api/browser.test.ts', 'tests/realtime/browser-*.test.ts'],
  },
  {
    sources: 'src/modules/people/**/*.policy.ts',
    tests: [
      'tests/unit/*-policy.test.ts',
      'tests/api/audit.test.ts',
      'tests/api/subscriptions.test.ts',
      'tests/api/platform-moderation.test.ts',
      'tests/api/admin-users.test.ts',
      'tests/api/user-views.test.ts',
      'tests/api/access.test.ts',
    ],
  },
  {
    sources: 'src/adapters/memory/memory-{match,search,tag,key}*.ts',
    tests: ['tests/contracts/match-queue.test.ts', 'tests/unit/memory-match-queue.test.ts'],
  },
  {
    sources: 'src/adapters/egress/address-policy.ts',
    tests: ['tests/egress/address-policy.test.ts'],
  },
  {
    sources: 'src/adapters/egress/{destinations,gate,header-lines,request-head,response-head}.ts',
    tests: ['tests/egress/{answers,fuzz,gate,smuggling}.test.ts'],
  },
  {
    sources: 'src/adapters/egress/{dial,idle-watch,read-head,relay,serve-client}.ts',
    tests: ['tests/egress/{answers,gate,relay,smuggling}.test.ts'],
  },
  {
    sources:
      'src/client/crypto/{base64,ed25519,envelope,key-blob,key-pair,nacl,plaintext,safety-number,signing,x25519}.ts',
    tests: ['tests/unit/client-{crypto,signing}.test.ts'],
  },
  {
    sources: 'src/client/room/{acquaintances,key-rules,member-list,message-ledger,message-reader,room-people}.ts',
    tests: ['tests/unit/client-{keyring,room-keys,rooms,trust}.test.ts', 'tests/adversary/adversary.test.ts'],
  },
];

/** Mutants without an observable effect: the file, the line before and after, and why. */
export const EQUIVALENT: { file: RegExp; was: string; is: string; why: string }[] = [
  {
    file: /users\.policy\.ts$/,
    was: 'return level === Level.Admin ? Level.User : -1;',
    is: 'return level === Level.Admin ? Level.User : -2;',
    why: 'any level is above both',
  },
  ...[
    '((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 1)',
    '((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 1) << 8) | (bytes[at + 2] ?? 0)',
    '((bytes[at] ?? 1) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)',
  ].map((is) => ({
    file: /base64\.ts$/,
    was: 'const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);',
    is: `const group = ${is};`,
    why: 'padding stands in place of bytes that are missing',
  })),
  {
    file: /ed25519\.ts$/,
    was: 'const [seed, bytes] = [new Uint8Array(32), new Uint8Array(1)];',
    is: 'const [seed, bytes] = [new Uint8Array(32), new Uint8Array(2)];',
    why: 'any bytes can be signed',
  },
  {
    file: /envelope\.ts$/,
    was: 'const hasTheKeys = Object.keys(parsed).length === KEYS.length && KEYS.every((key) => Object.hasOwn(parsed, key));',
    is: 'const hasTheKeys = Object.keys(parsed).length === KEYS.length || KEYS.every((key) => Object.hasOwn(parsed, key));',
    why: 'another name has quotes of its own, which are counted, and without one of the three its value is refused',
  },
  {
    file: /safety-number\.ts$/,
    was: 'return 0;',
    is: 'return 1;',
    why: 'the order of two equal records is the same',
  },
  {
    file: /envelope\.ts$/,
    was: 'const hasTheKeys = Object.keys(parsed).length === KEYS.length && KEYS.every((key) => Object.hasOwn(parsed, key));',
    is: 'const hasTheKeys = Object.keys(parsed).length === KEYS.length && KEYS.some((key) => Object.hasOwn(parsed, key));',
    why: 'without one of the three its value is refused',
  },
  ...[
    [/envelope\.ts$/, 'throw invalid();'],
    [/nacl\.ts$/, 'requireNonce(nonce);'],
    [/nacl\.ts$/, 'requireKey(theirPublicKey);'],
    [/nacl\.ts$/, 'requireKey(ownSecretKey);'],
  ].map(([file, was]) => ({
    file: file as RegExp,
    was: was as string,
    is: '',
    why: 'the next line refuses it as well',
  })),
  ...[
    ['const IMPORTED = 512;', 'const IMPORTED = 513;'],
    ['if (checking.size >= IMPORTED) checking.clear();', 'if (checking.size > IMPORTED) checking.clear();'],
  ].map(([was = '', is = '']) => ({ file: /ed25519\.ts$/, was, is, why: 'one key more or less stays in memory' })),
];
