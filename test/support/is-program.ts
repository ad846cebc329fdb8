/** Whether a file can be run. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether the PATH has a program of this name. */
export function isOnPath(name: string, { PATH = "" }: NodeJS.ProcessEnv = process.env): boolean {
  return PATH.split(delimiter).some((place) => isProgram(join(place, name)));
}
