/** Chromium for the browser tests of a machine that has none: installed where this is one command and nobody's own desktop. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { findChromium } from "./chromium.ts";

const LIMIT_MS = 600_000;

/** Whether there is one now. `say` hears what happens, in sentences. */
export function ensureChromium(env: NodeJS.ProcessEnv, say: (sentence: string) => void): boolean {
  if (findChromium(env) !== undefined) return true;
  if (env.KEYWARD_CHROMIUM) {
    say(`KEYWARD_CHROMIUM names no program: ${env.KEYWARD_CHROMIUM}`);
    return false;
  }
  if (canInstall()) {
    say("installing Chromium for the browser tests (once)…");
    aptGet("update");
    if (
      ["chromium-headless-shell", "chromium"].some((name) => aptGet("install", "-y", "--no-install-recommends", name, "fonts-dejavu-core"))
    )
      return findChromium(env) !== undefined;
  }
  say("there is no Chromium on this machine, so no test in test/browser runs; install one, or name its program in KEYWARD_CHROMIUM.");
  return false;
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
}

function aptGet(...args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync("apt-get", ["-qq", ...args], { env, stdio: ["ignore", "ignore", "inherit"], timeout: LIMIT_MS }).status === 0;
}
