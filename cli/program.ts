/** What `keyward` is without any command. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { example } from "./options.ts";

const EXIT_CODES =
  "\n\nExit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 not authenticated, 10 verify said no.\nMore: keyward help exit-codes, keyward help environment, keyward help output";

/** A program that knows its name and version, and no command yet. */
export function emptyProgram(): Command {
  const { version, description } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8"));
  return (
    new Command("keyward")
      .description(description)
      .version(version, "-v, --version", "print the version")
      .exitOverride()
      // Whoever runs it reports errors, all in one form.
      .configureOutput({ outputError: () => undefined })
      .addHelpText("after", example("keyward keys create --org org_01m7x4yn56vfnkq4925gf9a45e --name backend") + EXIT_CODES)
  );
}
