/** Opens an address in the person's browser. */
import { spawn } from "node:child_process";
import { browserProgram } from "./environment.ts";

/** What opens an address, by the name of the system. */
const OPENERS: Readonly<Record<string, readonly string[]>> = { darwin: ["open"], win32: ["cmd", "/c", "start", ""] };

/** False if nothing could be started that opens it: then the person opens it. `BROWSER` names another program. */
export function openInBrowser(address: string): Promise<boolean> {
  const own = browserProgram();
  const [program = "", ...args] = own === undefined ? (OPENERS[process.platform] ?? ["xdg-open"]) : [own];
  return new Promise((resolve) => {
    const child = spawn(program, [...args, address], { stdio: "ignore", detached: true });
    child.once("error", () => resolve(false));
    child.once("spawn", () => {
      child.unref();
      resolve(true);
    });
  });
}
