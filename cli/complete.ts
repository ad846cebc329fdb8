/** What may come next on the command line, for the completion of shells. Pure. */
import type { Command, Option } from "commander";
import { commandIn } from "./json-argument.ts";

/** The words that may stand in place of the last one of `words`, which are typed after `keyward`. Empty where only the person knows. */
export function complete(program: Command, words: readonly string[]): string[] {
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const { command, from } = commandIn(program, before);
  const awaiting = optionAwaiting(command, before.slice(from));
  if (awaiting !== undefined) return matching(awaiting.argChoices ?? [], typed);
  if (typed.startsWith("-")) return matching(optionsOf(command, before), typed);
  // A group takes a command; a command takes arguments, of which some have choices.
  if (command.commands.length > 0) return before.length > from ? [] : matching(namesOf(command, program), typed);
  return matching(command.registeredArguments[0]?.argChoices ?? [], typed);
}

/** The option that the next word belongs to. */
function optionAwaiting({ options }: Command, before: readonly string[]): Option | undefined {
  const last = before.at(-1);
  return options.find(({ long, short, required }) => required && last !== undefined && (long === last || short === last));
}

function optionsOf({ options }: Command, before: readonly string[]): string[] {
  const mayComeAgain = ({ variadic, parseArg }: Option) => variadic || parseArg !== undefined;
  const left = options.filter((option) => !option.hidden && (mayComeAgain(option) || !before.includes(option.long ?? "")));
  return [...left.map(({ long }) => long ?? "").filter((long) => long !== ""), "--help"];
}

function namesOf(command: Command, program: Command): string[] {
  const names = command.commands.map((inner) => inner.name());
  return command === program ? [...names, "help"] : names;
}

function matching(words: readonly string[], typed: string): string[] {
  return words.filter((word) => word.startsWith(typed)).sort();
}
