/** An address that shows nothing. */
import { ButtonLink } from "../controls/button.tsx";
import { BlankPage } from "../controls/states.tsx";

export function NoSuchPage() {
  return (
    <main className="grid min-h-dvh place-items-center">
      <BlankPage icon="search" title="There is no such page" text="The address may be mistyped, or what it showed has been removed.">
        <ButtonLink to="/keyward" look="primary">
          Go to your API keys
        </ButtonLink>
      </BlankPage>
    </main>
  );
}
