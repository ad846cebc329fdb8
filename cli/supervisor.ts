/** Tells the supervisor that started this process how it does, as systemd defines it (sd_notify(3)). */
import { execFile } from "node:child_process";
import { supervisorSocket } from "./environment.ts";
import { note } from "./output.ts";

/**
 * `READY=1`: it serves; `STOPPING=1`: it ends. Does nothing without a supervisor that asks. Node.js cannot write to the socket, which takes
 * datagrams, so systemd's own program does: it is wherever systemd is.
 */
export async function tellSupervisor(state: "READY=1" | "STOPPING=1"): Promise<void> {
  if (supervisorSocket() === undefined) return;
  const args = [`--pid=${process.pid}`, state];
  const failure = await new Promise<Error | null>((done) => execFile("systemd-notify", args, done));
  if (failure !== null) note(`systemd cannot be told ${state}: ${failure.message.trim()}`);
}
