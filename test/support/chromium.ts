/** Chromium: where it is, and one way to start it. */
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { isProgram } from "./is-program.ts";

/** The headless shell is the same engine without windows, and takes two thirds of the time. */
const NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];
const MAC_PLACES = ["Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome"];
/** Nothing is asked of the network but what the page asks for. */
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** A page that goes from one address to another stays in its process: with a new one for each, half of the time goes into starting them. */
const FEW_PROCESSES = ["--process-per-site", "--in-process-gpu"];

/**
 * No page lives long enough to earn back what optimizing its scripts costs. V8 has two compilers that optimize, and each has its switch
 * (`--no-opt` is about the second alone): without both, the pages take about a quarter less of the processors.
 */
const SHORT_LIVED = ["--js-flags=--no-maglev --no-opt"];

/** The program that KEYWARD_CHROMIUM names, or else the first one that this machine has. */
export function findChromium({ KEYWARD_CHROMIUM: named, PATH = "", HOME = "" }: NodeJS.ProcessEnv): string | undefined {
  if (named !== undefined && named !== "") return isProgram(named) ? named : undefined;
  const onPath = NAMES.flatMap((name) => PATH.split(delimiter).map((directory) => join(directory, name)));
  const onMac = MAC_PLACES.flatMap((place) => [join("/Applications", place), join(HOME, "Applications", place)]);
  return [...onPath, ...onMac].find(isProgram);
}

/** @throws Error when there is none. */
export function launchChromium(env: NodeJS.ProcessEnv = process.env): Promise<Browser> {
  const executablePath = findChromium(env);
  if (executablePath === undefined)
    throw new Error("there is no Chromium on this machine; install one, or name its program in KEYWARD_CHROMIUM");
  return chromium.launch({ executablePath, args: [...QUIET, ...FEW_PROCESSES, ...SHORT_LIVED] });
}
