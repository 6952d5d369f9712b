import type { KnownCommand, KnownOption, Value } from './tree.ts';

export function fishCompletion(commands: readonly KnownCommand[]): string {
  return `# Completion of portal for fish. Load it: portal completion fish | source
function __portal_at
  set -l at portal
  for word in (commandline -opc)[2..]
    switch "$at $word"
      case ${commands
        .slice(1)
        .map(({ path }) => quoted(path))
        .join(' ')}
        set at "$at $word"
    end
  end
  test "$at" = "$argv"
end
complete -c portal -e
complete -c portal -f
${commands.flatMap(linesOf).join('\n')}`;
}

function linesOf({ path, commands, options, values }: KnownCommand): string[] {
  const rule = `complete -c portal -n ${quoted(`__portal_at ${path}`)}`;
  return [
    ...commands.map(({ name, description }) => `${rule} -a ${quoted(name)} -d ${quoted(description)}`),
    ...values.flatMap((value) => argument(rule, value)),
    ...options.map((option) => `${rule} ${flag(option)} -d ${quoted(option.description)}`),
  ];
}

function argument(rule: string, value: Value): string[] {
  if (value === 'anything') return [];
  if (value === 'file') return [`${rule} -F`];
  if (value === 'directory') return [`${rule} -a '(__fish_complete_directories)'`];
  return [`${rule} -a ${quoted(value.join(' '))}`];
}

function flag({ names, value }: KnownOption): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return [...flags, ...(value === undefined ? [] : [wanted(value)])].join(' ');
}

function wanted(value: Value): string {
  if (value === 'file') return '-r -F';
  if (value === 'directory') return `-x -a '(__fish_complete_directories)'`;
  return value === 'anything' ? '-x' : `-x -a ${quoted(value.join(' '))}`;
}

/** In fish, a backslash also escapes inside quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
