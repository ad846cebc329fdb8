/** A first request with the key, to copy. */
import { serverUrl } from "../../app/place.ts";
import { usePlatform } from "../../app/session.ts";
import { CopyButton } from "../../controls/copy-button.tsx";
import { Card } from "../../controls/page.tsx";
import { Tabs } from "../../controls/tabs.tsx";
import { codeSamples, keyVariables } from "../../words/samples.ts";

export function SamplesCard() {
  const platform = usePlatform();
  const variables = keyVariables(platform);
  return (
    <Card
      title="Use this key"
      text={`Put ${variables.length > 1 ? "both halves of the key" : "the key"} into the environment of your program as ${variables.join(" and ")}, never into its code.`}
    >
      <Tabs
        label="Language"
        tabs={codeSamples(platform, serverUrl).map(({ language, code }) => ({
          name: language,
          content: <Sample {...{ language, code }} />,
        }))}
      />
    </Card>
  );
}

function Sample({ language, code }: { language: string; code: string }) {
  return (
    <div className="relative">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0} className="overflow-x-auto rounded-lg border border-line bg-sunken p-3 pt-12 font-mono text-xs sm:pt-3 sm:pr-24">
        <code>{code}</code>
      </pre>
      <CopyButton
        text={code}
        what={`${language} sample`}
        aria-label={`Copy the ${language} sample`}
        className="absolute top-1.5 right-1.5"
      />
    </div>
  );
}
