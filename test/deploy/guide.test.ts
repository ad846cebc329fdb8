/**
 * docs/guide/operate.md, followed line by line on a machine on which nobody has installed anything: a service on systemd, its checklist, its
 * backup and its upgrade. There is no systemd where tests run: `systemctl` does there what the unit says.
 */
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { packOnce, tarball } from "../packaging/packed.ts";
import { secret } from "../support/root.ts";
import { freePort } from "../support/server.ts";
import { EMPTY_ROOT, FreshMachine } from "./fresh-machine.ts";

const PROJECT = join(import.meta.dirname, "../..");
const GUIDE = readFileSync(join(PROJECT, "docs/guide/operate.md"), "utf8");
const { version } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8"));

/** The commands of a section, block by block. */
function blocksOf(heading: string): readonly string[] {
  const [, section = ""] = new RegExp(`^## ${heading}\\n([\\s\\S]*?)(?=^## )`, "m").exec(GUIDE) ?? [];
  return [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
}

test("the guide installs the version that this is", () => {
  expect(blocksOf("A service on a machine with systemd")[0]).toMatch(new RegExp(`^VERSION=${version.replaceAll(".", "\\.")}\n`));
});

describe.skipIf(EMPTY_ROOT === undefined)("on a fresh machine", () => {
  let machine: FreshMachine;
  let port: number;
  const [install = "", settings = "", start = "", first = "", backUp = ""] = blocksOf("A service on a machine with systemd");
  const [upgrade = "", downgrade = ""] = blocksOf("Upgrading and downgrading");

  beforeAll(async () => {
    await packOnce();
    machine = new FreshMachine();
    port = await freePort();
    machine.write("/usr/local/bin/systemctl", readFileSync(join(import.meta.dirname, "systemctl.sh")), 0o755);
    cpSync(tarball("keyward"), join(machine.root, "root/keyward.tgz"));
  }, 300_000);
  afterAll(async () => {
    await machine?.run(["systemctl", "stop", "keyward"]);
    machine?.remove();
  });

  /** A block as somebody pastes it, on the port of the test. */
  const type = async (block: string) => {
    const here = block.replaceAll(":4000", `:${port}`).replace("KEYWARD_PASSWORD_SIGN_IN=", `PORT=${port}\nKEYWARD_PASSWORD_SIGN_IN=`);
    const { exit, out, err } = await machine.run(["bash", "-c", `set -e\n${here}`], { cwd: "/root" });
    secret(/sign-in\?code=(\S+)/.exec(out)?.[1]);
    return { exit, out, err };
  };
  const findings = (out: string): Record<string, string> =>
    Object.fromEntries(
      JSON.parse(out.slice(out.indexOf('{\n  "server"'))).data.map(({ check, level }: { check: string; level: string }) => [check, level]),
    );

  test("the package, the user, the secret and the settings are put in place", async () => {
    expect(await type(install)).toMatchObject({ exit: 0, out: expect.stringContaining(version) });
    expect(await type(settings)).toMatchObject({ exit: 0, err: "" });
    const listed = await machine.run(["ls", "-l", "/etc/keyward"]);
    expect(listed.out).toMatch(/^-rw------- 1 root root .* secret$/m);
  }, 120_000);

  test("the service starts, and is ready when `systemctl start` returns", async () => {
    expect(await type(start)).toMatchObject({ exit: 0, out: expect.stringContaining('{"status":"ready"}') });
  }, 60_000);

  test("the operator signs in, and the doctor finds no problem but that there is no backup", async () => {
    const [signIn = "", doctor = ""] = first.trim().split("\n");
    expect(await type(signIn)).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/^https:\/\/keys\.example\.com\/keyward\/sign-in\?code=/),
    });
    const { exit, out, err } = await type(doctor);
    expect({ exit, err }).toEqual({ exit: 1, err: "keyward: 1 problem found\n" });
    const levels = findings(out);
    expect(Object.keys(levels).filter((check) => levels[check] === "problem")).toEqual(["backup"]);
    expect(Object.keys(levels).filter((check) => levels[check] === "warning" && check !== "disk")).toEqual([]);
  }, 60_000);

  test("after the backup it finds none", async () => {
    const { exit, out, err } = await type(backUp);
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
    expect(Object.values(findings(out))).not.toContain("problem");
  }, 60_000);

  test("the upgrade installs beside the running version and restarts the service", async () => {
    const [, next = ""] = /^VERSION=(\S+)/.exec(upgrade) ?? [];
    // The next version is this one once more.
    cpSync(tarball("keyward"), join(machine.root, `root/keyward-${next}.tgz`));
    expect(await type(upgrade)).toMatchObject({ exit: 0 });
    const ready = await machine.run(["curl", "-fsS", `http://127.0.0.1:${port}/keyward/ready`]);
    expect(ready).toMatchObject({ exit: 0, out: '{"status":"ready"}' });
    const started = await machine.run(["readlink", "/opt/keyward/current"]);
    expect(started.out.trim()).toBe(`/opt/keyward/${next}`);
  }, 120_000);

  test("the downgrade puts the backup back, and what was revoked since stays revoked", async () => {
    const [, next] = /^VERSION=(\S+)/.exec(upgrade) ?? [];
    const asKeyward = async (command: string) => {
      const { out } = await machine.run(["bash", "-c", `runuser -u keyward -- keyward ${command} --data /var/lib/keyward`]);
      return out.trim();
    };
    const organization = (await asKeyward("orgs create Acme --json")).match(/org_\w+/)?.[0];
    const key = secret(await asKeyward(`keys create --org ${organization} --secret-only`));
    const id = (await asKeyward(`keys list --org ${organization} --json`)).match(/key_\w+/)?.[0];
    const [backup = "", ...rest] = upgrade.split("\n").filter((line) => line.startsWith("runuser"));
    expect(rest).toEqual([]);
    expect(await type(`VERSION=${next}\nrm /var/backups/keyward/before-$VERSION.db\n${backup}`)).toMatchObject({ exit: 0 });
    await asKeyward(`keys revoke ${id}`);
    expect(await type(`VERSION=${next}\n${downgrade}`)).toMatchObject({ exit: 0 });
    expect(await asKeyward("whoami --json")).toContain("operator");
    const verdict = await machine.run(["bash", "-c", `echo ${key} | runuser -u keyward -- keyward keys verify - --data /var/lib/keyward`]);
    expect(verdict).toMatchObject({ exit: 10, out: expect.stringContaining("revoked") });
    const running = await machine.run(["readlink", "/opt/keyward/current"]);
    expect(running.out.trim()).toBe(`/opt/keyward/${version}`);
  }, 60_000);

  test("the service stops gracefully", async () => {
    expect(await machine.run(["systemctl", "stop", "keyward"])).toMatchObject({ exit: 0 });
    await vi.waitFor(async () => {
      const { exit } = await machine.run(["curl", "-fsS", `http://127.0.0.1:${port}/keyward/ready`]);
      expect(exit).toBe(7);
    });
    const left = await machine.run(["ls", "/var/lib/keyward"]);
    expect(left.out).not.toContain("server.json");
  }, 30_000);
});
