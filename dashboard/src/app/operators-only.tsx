/** What everybody else sees on the operator's pages. */
import { ButtonLink } from "../controls/button.tsx";
import { Page } from "../controls/page.tsx";
import { Blank } from "../controls/states.tsx";

export function OperatorsOnly({ title }: { title: string }) {
  return (
    <Page title={title}>
      <Blank
        icon="warning"
        title="Only the operator may see this"
        text="The operator runs this server, and signs in with a link from bin/keyward sign-in."
      >
        <ButtonLink to="/keyward">Go to your API keys</ButtonLink>
      </Blank>
    </Page>
  );
}
