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
];

/** Mutants without an observable effect: the file, the line before and after, and why. */
export const EQUIVALENT: { file: RegExp; was: string; is: string; why: string }[] = [
  {
    file: /users\.policy\.ts$/,
    was: 'return level === Level.Admin ? Level.User : -1;',
    is: 'return level === Level.Admin ? Level.User : -2;',
    why: 'any level is above both',
  },
];
