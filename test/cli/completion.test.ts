/** Completion: what may come next, and the scripts of the shells. */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { commandLine } from "../../cli/command-line.ts";
import { complete } from "../../cli/complete.ts";
import { traceDirectory } from "../support/root.ts";
import { run, script } from "./script.ts";

describe("after", () => {
  // biome-ignore format: a table
  test.each<[string, string[], string[]]>([
    ["the beginning of a command",            ["key"],                                        ["keys"]],
    ["a group",                               ["keys", "re"],                                 ["refusals", "revoke"]],
    ["a command, nothing that it knows",      ["keys", "get", "key_"],                        []],
    ["a dash, options",                       ["keys", "revoke", "--f"],                      ["--from"]],
    ["an option that was given, not it again", ["keys", "revoke", "--from", "a.csv", "--f"],   []],
    ["an option with choices, these",         ["usage", "--by", ""],                          ["day", "hour", "month", "total"]],
    ["an option with a value of its own",     ["usage", "--org", "or"],                       []],
    ["a word in the middle of it",            ["invitations", "create", "--role", "m"],       ["member"]],
    ["a group that does not exist",           ["nothing", "x"],                               []],
    ["an argument with choices",              ["completion", "z"],                            ["zsh"]],
    ["help",                                  ["he"],                                         ["help"]],
  ])("%s", (_sentence, words, expected) => {
    expect(complete(commandLine(), words)).toEqual(expected);
  });

  test("nothing, every command", () => {
    expect(complete(commandLine(), [""])).toEqual(expect.arrayContaining(["audit", "help", "keys", "serve", "usage"]));
    expect(complete(commandLine(), ["keys", "list", "--"])).toEqual(expect.arrayContaining(["--active", "--help", "--json", "--org"]));
  });
});

test("each shell gets a script; another shell is a question of usage", async () => {
  await script(
    `
    $ keyward completion bash
    _keyward() {
    ⋮
    $ keyward completion zsh | head -1
    #compdef keyward
    $ keyward completion fish | tail -1
    complete -c keyward -a '(__keyward_complete)'
    $ keyward completion csh                       # exit 2
    ! keyward: command-argument value 'csh' is invalid for argument 'SHELL'. Allowed choices are bash, zsh, fish.
    ! …
  `,
    { cwd: traceDirectory("cli") },
  );
});

const shellAt = (name: string) => [`/bin/${name}`, `/usr/bin/${name}`].find(existsSync);

test.skipIf(shellAt("bash") === undefined)("bash completes with it", async () => {
  const line = `bash -c 'eval "$(keyward completion bash)"; COMP_WORDS=(keyward keys re); COMP_CWORD=2; _keyward; echo "\${COMPREPLY[@]}"'`;
  expect(await run(line)).toEqual({ exit: 0, out: "refusals revoke\n", err: "" });
});

test.skipIf(shellAt("fish") === undefined)("fish completes with it", async () => {
  const line = `fish -c 'keyward completion fish | source; complete -C "keyward keys rev"'`;
  expect((await run(line)).out.trim()).toBe("revoke");
});

test.skipIf(shellAt("zsh") === undefined)("zsh reads it", async () => {
  expect((await run(`keyward completion zsh | zsh -n`)).exit).toBe(0);
});
