import type { Argument, Command, Option } from 'commander';

/** The kind of a value: one of some words, a path, or free text. */
export type Value = readonly string[] | 'file' | 'directory' | 'anything';

export type KnownOption = { names: string[]; description: string; value: Value | undefined };

/** A command and what can follow it. */
export type KnownCommand = {
  /** `portal bot create` */
  path: string;
  commands: { name: string; description: string }[];
  options: KnownOption[];
  /** Of its arguments. */
  values: Value[];
};

/** All commands of the program, beginning with the program itself. */
export function commandsOf(command: Command, above = ''): KnownCommand[] {
  const help = command.createHelp();
  const path = above ? `${above} ${command.name()}` : command.name();
  const below = help.visibleCommands(command);
  const own: KnownCommand = {
    path,
    commands: below.map((one) => ({ name: one.name(), description: one.description() })),
    options: help.visibleOptions(command).map(optionOf),
    values: command.registeredArguments.map(argumentValue),
  };
  return [own, ...command.commands.flatMap((one) => commandsOf(one, path))];
}

function optionOf(option: Option): KnownOption {
  const names = [option.short, option.long].filter((name) => name !== undefined && name !== null);
  const takesValue = option.required || option.optional;
  return {
    names,
    description: option.description,
    value: takesValue ? kindOfValue(option.argChoices, option.flags) : undefined,
  };
}

function argumentValue(argument: Argument): Value {
  return kindOfValue(argument.argChoices, `<${argument.name()}>`);
}

/** Derived from the placeholder's name. */
function kindOfValue(choices: readonly string[] | undefined, placeholder: string): Value {
  if (choices) return choices;
  if (placeholder.includes('<path>')) return 'directory';
  return placeholder.includes('<file>') ? 'file' : 'anything';
}

/** Quotes text as one word of a shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Paths of all subcommands, as patterns of a `case`. */
export function patternsOf(commands: readonly KnownCommand[]): string {
  return commands
    .slice(1)
    .map(({ path }) => quoted(path))
    .join('|');
}
