/** Light or dark: a choice of this browser. */
import { chooseTheme, THEME_NAMES, THEMES, useTheme } from "../../app/theme.ts";
import { Card } from "../../controls/page.tsx";

export function Appearance() {
  const chosen = useTheme();
  return (
    <Card title="Appearance" text="In this browser.">
      <fieldset className="flex flex-wrap gap-x-6 gap-y-2">
        <legend className="sr-only">Appearance</legend>
        {THEMES.map((theme) => (
          <label key={theme} className="flex min-h-9 items-center gap-2">
            <input
              type="radio"
              name="theme"
              checked={theme === chosen}
              onChange={() => chooseTheme(theme)}
              className="size-4 accent-accent"
            />
            {THEME_NAMES[theme]}
          </label>
        ))}
      </fieldset>
    </Card>
  );
}
