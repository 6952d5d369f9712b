import { type KnownCommand, patternsOf, quoted, type Value } from './tree.ts';

export function zshCompletion(commands: readonly KnownCommand[]): string {
  return `#compdef portal
# Completion of portal for zsh. Load it: source <(portal completion zsh)
_portal() {
  local at=portal word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      (${patternsOf(commands)}) at="$at $word" ;;
    esac
  done
  local -a commands options choices
  case "$at $words[CURRENT-1]" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case "$at" in
${commands.map(commandCase).join('\n')}
  esac
  _describe command commands
  _describe -o option options
}
if [[ $funcstack[1] == _portal ]]; then
  _portal "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
  compdef _portal portal
fi`;
}

function valueCases({ path, options }: KnownCommand): string[] {
  return options.flatMap(({ names, value }) => {
    if (value === undefined) return [];
    const patterns = names.map((name) => quoted(`${path} ${name}`)).join('|');
    return [`    (${patterns}) ${completer(value)}; return ;;`];
  });
}

function completer(value: Value): string {
  if (value === 'file') return '_files';
  if (value === 'directory') return '_files -/';
  if (value === 'anything') return '_message value';
  return `choices=(${value.map(quoted).join(' ')}); _describe value choices`;
}

function commandCase({ path, commands, options, values }: KnownCommand): string {
  const names = commands.map(({ name, description }) => described(name, description));
  const flags = options.flatMap((option) => option.names.map((name) => described(name, option.description)));
  const own = values.filter((value) => value !== 'anything').map(completer);
  return [
    `    (${quoted(path)})`,
    `      commands=(${names.join(' ')})`,
    `      options=(${flags.join(' ')})`,
    ...own.map((line) => `      ${line}`),
    '      ;;',
  ].join('\n');
}

/** A colon separates name and description. */
function described(name: string, description: string): string {
  return quoted(`${name.replaceAll(':', '\\:')}:${description}`);
}
