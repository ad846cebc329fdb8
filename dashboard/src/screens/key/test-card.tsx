/** Asks what a request with a credential would be told. The credential lives in this component alone, and goes with it. */
import { type FormEvent, useState } from "react";
import { client, noticeSignedOut } from "../../app/client.ts";
import { fieldOf, sentenceOf } from "../../app/failure.ts";
import { usePlatform } from "../../app/session.ts";
import { Button } from "../../controls/button.tsx";
import { TextField } from "../../controls/field.tsx";
import { Card } from "../../controls/page.tsx";
import { Fault } from "../../controls/states.tsx";
import { readTest, type TestForm } from "./test-form.ts";
import { type Tested, TestedVerdict } from "./tested-verdict.tsx";

const EMPTY: TestForm = { credential: "", origin: "", scopes: "" };
const FIELDS = ["credential", "origin", "scopes"] as const;
/** Neither the browser nor its extensions may keep what is typed. */
const UNKEPT = { autoComplete: "off", autoCorrect: "off", autoCapitalize: "off", spellCheck: false, "data-1p-ignore": true } as const;

export function TestCard({ organizationId, keyId }: { organizationId: string; keyId: string }) {
  const [form, setForm] = useState(EMPTY);
  const [outcome, setOutcome] = useState<{ tested?: Tested; error?: unknown }>({});
  const [isBusy, setBusy] = useState(false);

  // Called directly: what goes through the cache of mutations is remembered there.
  const test = async (event: FormEvent) => {
    event.preventDefault();
    if (isBusy || form.credential.trim() === "") return;
    setBusy(true);
    try {
      setOutcome({ tested: await client.keys.test(organizationId, keyId, readTest(form)) });
    } catch (error) {
      noticeSignedOut(error);
      setOutcome({ error });
    }
    setBusy(false);
  };
  const change = (changes: Partial<TestForm>) => {
    setForm({ ...form, ...changes });
    setOutcome({});
  };
  const clear = () => {
    setForm(EMPTY);
    setOutcome({});
  };
  return (
    <Card title="Test this key" text="What would a request be told? Testing does not count: no limit, no usage and no last use changes.">
      <form onSubmit={(event) => void test(event)} className="space-y-4">
        <TestFields {...{ form, change }} error={outcome.error} />
        <div className="flex gap-2">
          <Button type="submit" look="primary" busy={isBusy} disabled={form.credential.trim() === ""}>
            Test
          </Button>
          {form.credential !== "" && <Button onClick={clear}>Clear</Button>}
        </div>
      </form>
      <div aria-live="polite" className="mt-4 empty:mt-0">
        {outcome.tested !== undefined && <TestedVerdict tested={outcome.tested} />}
        {outcome.error !== undefined && fieldOf(outcome.error, FIELDS) === undefined && <Fault error={outcome.error} />}
      </div>
    </Card>
  );
}

interface TestFieldsProps {
  form: TestForm;
  change: (changes: Partial<TestForm>) => void;
  error: unknown;
}

function TestFields({ form, change, error }: TestFieldsProps) {
  const { keyForm, scopes, dashboard } = usePlatform();
  const isPair = keyForm === "pair";
  const faultOf = (field: keyof TestForm) => (fieldOf(error, FIELDS) === field ? sentenceOf(error) : undefined);
  return (
    <div className="grid items-start gap-4 sm:grid-cols-2">
      <TextField
        {...UNKEPT}
        label={isPair ? "Key pair, or public key alone" : "Key"}
        help={
          isPair
            ? "The pair with a colon between its halves, or the public key alone with the origin of a website."
            : "It is sent to this server once, and kept nowhere."
        }
        fault={faultOf("credential")}
        className="font-mono"
        value={form.credential}
        onChange={(event) => change({ credential: event.target.value })}
      />
      {isPair && (
        <TextField
          {...UNKEPT}
          label="Origin"
          optional
          placeholder="https://www.example.com"
          help="Matters where the public key is used alone."
          fault={faultOf("origin")}
          value={form.origin}
          onChange={(event) => change({ origin: event.target.value })}
        />
      )}
      {dashboard.fields.includes("scopes") && (
        <TextField
          {...UNKEPT}
          label="Scopes that the request needs"
          optional
          help={scopes === null ? "With commas between them." : `With commas between them: ${scopes.join(", ")}.`}
          fault={faultOf("scopes")}
          value={form.scopes}
          onChange={(event) => change({ scopes: event.target.value })}
        />
      )}
    </div>
  );
}
