/** Tests what response a request with a credential would get. The credential lives in this component alone. */
import { useState } from "react";
import { client } from "../../app/client.ts";
import { usePlatform } from "../../app/session.ts";
import { useAttempt } from "../../app/use-attempt.ts";
import { Button } from "../../controls/button.tsx";
import { TextField } from "../../controls/field.tsx";
import { HiddenInput } from "../../controls/hidden-input.tsx";
import { Card } from "../../controls/page.tsx";
import { Fault } from "../../controls/states.tsx";
import { fieldOf, sentenceOf } from "../../words/failure.ts";
import { readTest, type TestForm } from "./test-form.ts";
import { TestedVerdict } from "./tested-verdict.tsx";

const EMPTY: TestForm = { credential: "", origin: "", scopes: "" };
const FIELDS = ["credential", "origin", "scopes"] as const;
const PLAIN = { autoComplete: "off", autoCorrect: "off", autoCapitalize: "off", spellCheck: false } as const;

export function TestCard({ organizationId, keyId }: { organizationId: string; keyId: string }) {
  const [form, setForm] = useState(EMPTY);
  const { isBusy, error, result, attempt, forget } = useAttempt((typed: TestForm, signal) =>
    client.keys.test(organizationId, keyId, readTest(typed), { signal }),
  );
  const isEmpty = form.credential.trim() === "";
  const change = (changes: Partial<TestForm>) => {
    setForm({ ...form, ...changes });
    forget();
  };
  return (
    <Card title="Test this key" text="What response would a request get? Testing does not count toward limits, usage or last use.">
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isEmpty) attempt(form);
        }}
      >
        <TestFields {...{ form, change, error }} />
        <div className="flex gap-2">
          <Button type="submit" look="primary" busy={isBusy} disabled={isEmpty}>
            Test
          </Button>
          {form.credential !== "" && <Button onClick={() => change(EMPTY)}>Clear</Button>}
        </div>
      </form>
      <div aria-live="polite" className="mt-4 empty:mt-0">
        {result !== undefined && <TestedVerdict tested={result} />}
        {error !== undefined && fieldOf(error, FIELDS) === undefined && <Fault error={error} />}
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
      <HiddenInput
        label={isPair ? "Key pair, or public key alone" : "Key"}
        help={
          isPair
            ? "The pair with a colon between its halves, or the public key alone with the origin of a website."
            : "It is sent to this server once and is not stored."
        }
        fault={faultOf("credential")}
        value={form.credential}
        onChange={(credential) => change({ credential })}
      />
      {isPair && (
        <TextField
          {...PLAIN}
          label="Origin"
          optional
          placeholder="https://www.example.com"
          help="Matters only when the public key is used alone."
          fault={faultOf("origin")}
          value={form.origin}
          onChange={(event) => change({ origin: event.target.value })}
        />
      )}
      {dashboard.fields.includes("scopes") && (
        <TextField
          {...PLAIN}
          label="Scopes that the request needs"
          optional
          help={scopes === null ? "Separated by commas." : `Separated by commas: ${scopes.join(", ")}.`}
          fault={faultOf("scopes")}
          value={form.scopes}
          onChange={(event) => change({ scopes: event.target.value })}
        />
      )}
    </div>
  );
}
