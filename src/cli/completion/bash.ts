import { type KnownCommand, patternsOf, quoted, type Value } from './tree.ts';

export function bashCompletion(commands: readonly KnownCommand[]): string {
  return `# Completion of portal for bash. Load it: source <(portal completion bash)
_portal() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at=portal kind= words= i IFS=$'\\n'
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${patternsOf(commands)}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at $prev" in
${commands.flatMap(valueCases).join('\n')}
    *)
      case "$at" in
${commands.map(commandCase).join('\n')}
      esac
      ;;
  esac
  [[ $cur == -* ]] && kind=
  case "$kind" in
    file) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")) ;;
    directory) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
  esac
}
complete -F _portal portal`;
}

function valueCases({ path, options }: KnownCommand): string[] {
  return options.flatMap(({ names, value }) => {
    if (value === undefined) return [];
    const patterns = names.map((name) => quoted(`${path} ${name}`)).join('|');
    return [`    ${patterns}) ${assignment(value)} ;;`];
  });
}

function assignment(value: Value): string {
  return typeof value === 'string' ? `kind=${value}` : `words=${lines(value)}`;
}

function commandCase({ path, commands, options, values }: KnownCommand): string {
  const words = [
    ...commands.map(({ name }) => name),
    ...values.flatMap((value) => (typeof value === 'string' ? [] : value)),
    ...options.flatMap(({ names }) => names),
  ];
  const kind = values.find((value) => value === 'file' || value === 'directory');
  return `        ${quoted(path)}) words=${lines(words)}${kind ? ` kind=${kind}` : ''} ;;`;
}

function lines(words: readonly string[]): string {
  return `$'${words.join('\\n')}'`;
}
