/** The account page: name, password, sessions and appearance. */
import { useSession } from "../../app/session.ts";
import { Card, Page } from "../../controls/page.tsx";
import { TITLES } from "../../words/titles.ts";
import { Appearance } from "./appearance.tsx";
import { PasswordCard } from "./password-card.tsx";
import { Sessions } from "./sessions.tsx";

export function AccountScreen() {
  const { user, isOperator, signIn } = useSession();
  return (
    <Page title={TITLES.account}>
      <Card title="You">
        <dl className="grid gap-x-6 gap-y-0.5 sm:gap-y-3 max-sm:[&>dd]:mb-2.5 sm:grid-cols-[10rem_1fr]">
          <dt className="text-ink-soft">Name</dt>
          <dd className="font-medium break-words">{user?.name}</dd>
          {!isOperator && (
            <>
              <dt className="text-ink-soft">E-mail</dt>
              <dd className="break-all">{user?.email}</dd>
            </>
          )}
        </dl>
        {isOperator && <p className="mt-3 text-ink-soft">You signed in as the operator of this server, and manage every organization.</p>}
      </Card>
      {signIn.password !== null && !isOperator && <PasswordCard />}
      <Sessions />
      <Appearance />
    </Page>
  );
}
