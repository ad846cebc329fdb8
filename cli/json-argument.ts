/**
 * `--json` may be followed by fields, and by something that is no field: `keys get --json KEY_ID`, as scripts write it, means the whole
 * document. What follows is taken for fields only if the command has all its arguments without it.
 */
import type { Command, Option } from "commander";

/** The arguments with `--json FIELDS` as `--json=FIELDS`, and `--json ARGUMENT` as `--json= ARGUMENT`. */
export function settleJson(program: Command, args: readonly string[]): string[] {
  const { command, from } = commandIn(program, args);
  const at = args.indexOf("--json", from);
  const next = args[at + 1];
  const end = args.indexOf("--");
  const takesFields = command.options.some(({ long, optional }) => long === "--json" && optional);
  if (!takesFields || at === -1 || next === undefined || isOption(next) || (end !== -1 && end < at)) return [...args];
  const without = [...args.slice(from, at), ...args.slice(at + 2)];
  // A file stands for the argument.
  const needed = without.includes("--from") ? 0 : command.registeredArguments.length;
  if (operands(command, without) >= needed) return [...args.slice(0, at), `--json=${next}`, ...args.slice(at + 2)];
  return [...args.slice(0, at), "--json=", ...args.slice(at + 1)];
}

/** The innermost command that the arguments name, and where its own arguments begin. */
export function commandIn(program: Command, args: readonly string[]): { readonly command: Command; readonly from: number } {
  let command = program;
  let from = 0;
  for (const arg of args) {
    const inner = command.commands.find((each) => each.name() === arg || each.aliases().includes(arg));
    if (inner === undefined) break;
    command = inner;
    from++;
  }
  return { command, from };
}

function operands(command: Command, args: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (!isOption(arg)) count++;
    else if (takesNext(command.options, arg)) at++;
  }
  return count;
}

function takesNext(options: readonly Option[], arg: string): boolean {
  return options.some((option) => (option.long === arg || option.short === arg) && option.required);
}

/** A dash alone is an argument: standard input. */
function isOption(arg: string): boolean {
  return arg.length > 1 && arg.startsWith("-");
}
