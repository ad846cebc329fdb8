/** `keyward backup`, `check` and `restore`. */
import { test } from "vitest";
import { script, serverHere } from "./script.ts";

const { cwd } = serverHere();

test("a running server is backed up, the backup is checked, and restored into an empty directory", async () => {
  await script(
    `
    $ keyward orgs create Acme --json | grep -o 'org_[0-9a-z]*' | head -1
    {acme}
    $ keyward keys create --org {acme} --name backend --json | grep -o 'key_[0-9a-z]*' | head -1
    {key}
    # A backup is one new file. It is made while the server runs, and never replaces another.
    $ keyward backup backup.db --table
    {file}  1 key (1 active) of 1 organization
    ! keyward: the master secret is not in it: copy … to another safe place, without which no key can be verified
    $ keyward backup backup.db    # exit 1
    ! keyward: backup.db exists already; give the name of a new file
    # A backup, or without a file the database of the running server, is checked.
    $ keyward check backup.db --table
    file           {file}
    backupMadeAt   …
    schema         …
    hasSecret      false
    organizations  1
    keys           1
    ⋮
    $ keyward check --json=faults
    {
      "faults": []
    }
    # What was revoked since the backup is valid in it, and is revoked again by the audit log.
    $ keyward keys revoke {key} --quiet > revoked.txt
    $ keyward audit --org {acme} --all > audit.json
    $ keyward restore backup.db --data data    # exit 1
    ! keyward: {data} is not empty: it has …; name an empty directory with --data, for a restore replaces nothing
    $ keyward restore backup.db --data new --revocations-from audit.json --table
    {restored}  1 key (1 active) of 1 organization
    ! keyward: the backup is from …
    ! keyward: ended again: 1 key revoked, 0 disabled, 0 expired, 0 service tokens revoked
    ! keyward: the master secret is not there yet: set KEYWARD_SECRET, or put the file secret into new
    $ keyward check --data new --json=counts | grep active
        "activeKeys": 0,
    # A script gets JSON, and none of the notes with --quiet.
    $ keyward restore backup.db --data newer --quiet | grep -c '"madeAt"'
    1
    `,
    { cwd },
  );
});
