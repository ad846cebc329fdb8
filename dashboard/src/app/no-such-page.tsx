/** An address that shows nothing. */
import { ButtonLink } from "../controls/button.tsx";
import { Blank } from "../controls/states.tsx";

export function NoSuchPage() {
  return (
    <main className="grid min-h-dvh place-items-center">
      <Blank icon="search" title="There is no such page" text="The address may be mistyped, or what it showed has been removed.">
        <ButtonLink to="/keyward" look="primary">
          Go to your API keys
        </ButtonLink>
      </Blank>
    </main>
  );
}
