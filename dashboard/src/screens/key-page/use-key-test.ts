/** Asks the server about a credential, outside of the caches: what goes through them is remembered there. */
import { useRef, useState } from "react";
import { client, noticeSignedOut } from "../../app/client.ts";
import { readTest, type TestForm } from "./test-form.ts";
import type { Tested } from "./tested-verdict.tsx";

export interface KeyTest {
  readonly tested?: Tested;
  readonly error?: unknown;
  readonly isBusy: boolean;
  ask(form: TestForm): void;
  /** Forgets the answer, also one that is still on its way. */
  forget(): void;
}

export function useKeyTest(organizationId: string, keyId: string): KeyTest {
  const [state, setState] = useState<{ tested?: Tested; error?: unknown; isBusy: boolean }>({ isBusy: false });
  const underWay = useRef<AbortController>(undefined);
  const forget = () => {
    underWay.current?.abort();
    underWay.current = undefined;
    setState({ isBusy: false });
  };
  const ask = (form: TestForm) => {
    forget();
    const mine = new AbortController();
    underWay.current = mine;
    const settle = (outcome: { tested?: Tested; error?: unknown }) => underWay.current === mine && setState({ ...outcome, isBusy: false });
    setState({ isBusy: true });
    client.keys.test(organizationId, keyId, readTest(form), { signal: mine.signal }).then(
      (tested) => settle({ tested }),
      (error) => {
        noticeSignedOut(error);
        settle({ error });
      },
    );
  };
  return { ...state, ask, forget };
}
