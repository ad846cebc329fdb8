/** `keyward profiles`: the Keywards elsewhere that somebody has signed in to, and which of them commands use. */
import type { Command } from "commander";
import { type ConfirmOptions, confirm } from "./confirm.ts";
import { type CommonOptions, example, printing, yes } from "./options.ts";
import { note } from "./output.ts";
import { showList } from "./pages.ts";
import { profileNamed, readProfiles, writeProfiles } from "./profiles-file.ts";

const FIELDS = ["name", "current", "url", "expiresAt"];
const COLUMNS = [
  ["NAME", "name"],
  ["IN USE", ({ current }: Listed) => (current ? "yes" : "")],
  ["EXPIRES", "expiresAt"],
  ["URL", "url"],
] as const;

interface Listed {
  readonly name: string;
  readonly current: boolean;
  readonly url: string;
  readonly expiresAt: string;
}

export function addProfileCommands(program: Command): void {
  const group = program.command("profiles").description("the Keywards elsewhere that you have signed in to");
  group.addHelpText("after", example("keyward profiles list"));

  printing(group.command("list").description("list them").addHelpText("after", example("keyward profiles list")), {
    fields: FIELDS,
    piped: "json",
  }).action(async (options: CommonOptions) => {
    const { current, profiles } = await readProfiles();
    const data = Object.entries(profiles).map(
      ([name, { url, expiresAt }]): Listed => ({ name, current: name === current, url, expiresAt }),
    );
    await showList({ data }, COLUMNS, options);
  });

  group
    .command("use")
    .description("have commands use this one, where no option, no variable and no ./data names a server")
    .argument("[NAME]", "its name; without one, none is used")
    .addHelpText("after", example("keyward profiles use keys.example.com"))
    .action(async (name?: string) => {
      const before = await readProfiles();
      if (name !== undefined) profileNamed(before, name);
      await writeProfiles({ ...before, current: name ?? null });
      note(name === undefined ? "commands use no profile" : `commands use ${name}`);
    });

  group
    .command("forget")
    .description("forget one, without ending its session; `keyward logout` does both")
    .argument("<NAME>", "its name")
    .addOption(yes())
    .addHelpText("after", example("keyward profiles forget keys.example.com"))
    .action(async (name: string, options: ConfirmOptions) => {
      const before = await readProfiles();
      profileNamed(before, name);
      await confirm({ what: `Forget ${name}, whose session goes on` }, options);
      const { [name]: _forgotten, ...profiles } = before.profiles;
      await writeProfiles({ current: before.current === name ? null : before.current, profiles });
      note(`forgot ${name}`);
    });
}
