/** `keyward completion`: a script for the shell, which asks `keyward __complete` what may come next. */
import { Argument, type Command } from "commander";
import { example } from "./options.ts";
import { print } from "./output.ts";

/** The word that asks for completions; see main.ts. */
export const COMPLETE = "__complete";

/** Where nothing of Keyward's may come next, the shell completes files. */
const SCRIPTS = {
  bash: `_keyward() {
  local IFS=$'\\n'
  COMPREPLY=($(keyward ${COMPLETE} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _keyward keyward`,

  zsh: `#compdef keyward
_keyward() {
  local -a found
  found=("\${(@f)$(keyward ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -a found; else _files; fi
}
compdef _keyward keyward`,

  fish: `function __keyward_complete
  set -l words (commandline -opc)
  keyward ${COMPLETE} $words[2..] (commandline -ct) 2>/dev/null
end
complete -c keyward -a '(__keyward_complete)'`,
} as const;

export function addCompletionCommand(program: Command): void {
  program
    .command("completion")
    .description("print a script that completes commands and options in your shell")
    .addArgument(new Argument("<SHELL>", "your shell").choices(Object.keys(SCRIPTS)))
    .addHelpText(
      "after",
      `${example("keyward completion bash > ~/.local/share/bash-completion/completions/keyward")}
  $ keyward completion zsh > "\${fpath[1]}/_keyward"
  $ keyward completion fish > ~/.config/fish/completions/keyward.fish`,
    )
    .action((shell: keyof typeof SCRIPTS) => print(SCRIPTS[shell]));
}
